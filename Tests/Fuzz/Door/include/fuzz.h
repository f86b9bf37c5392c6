/*
 * What fuzzing needs of the C side: the stack's way of reading a message without a stack around it, a network of the
 * process' own, and libFuzzer if it is linked.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../../../Services/signaling/CSofiaSIP/include/sofia.h"

/* Reads messages on the thread that opened it, which runs no stack. */
struct fuzz_reader;

struct fuzz_reader *fuzz_reader_open(size_t largest_header, size_t largest_body);
void fuzz_reader_close(struct fuzz_reader *reader);
/*
 * Reads a datagram (piece 0), or a stream that comes in pieces of so many bytes, as the transport of the library does,
 * with our look at each message. `seen` gets each message that is whole. Returns how many messages were begun.
 */
int fuzz_read(
    struct fuzz_reader *reader, const uint8_t *bytes, size_t size, size_t piece, void *context,
    void (*seen)(void *context, const struct sofia_event *event));

/* Gives the process a network with a loopback and nothing else: what is sent to a mutated address goes nowhere. */
bool fuzz_own_network(void);

/* libFuzzer's driver, with its arguments; returns false if this build has none. It ends the process by exit(). */
bool fuzz_drive(int argc, char **argv, int (*take)(const uint8_t *bytes, size_t size));
/* One of libFuzzer's own changes in place; returns the new size, 0 if this build has no libFuzzer. */
size_t fuzz_change(uint8_t *bytes, size_t size, size_t capacity);
