/* Reads bytes as tport does: buffers of the message class, msg_extract, then the next message of a stream. */
#include "fuzz.h"

#include "../../../Services/signaling/CSofiaSIP/stack.h"

#include <stdlib.h>
#include <string.h>

#include <sofia-sip/msg.h>
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/su_alloc.h>

struct fuzz_reader {
    struct sofia_stack stack;  /* As much of one as our look at a message needs. */
};

static void take_fault(void *context, enum sofia_fault fault) {}
static enum sofia_admission admit(void *context, const char *address, const char *call_id) { return SOFIA_TAKEN; }

struct fuzz_reader *fuzz_reader_open(size_t largest_header, size_t largest_body) {
    struct fuzz_reader *reader = calloc(1, sizeof *reader);
    if (!reader) return NULL;
    reader->stack.settings.largest_header = largest_header;
    reader->stack.settings.largest_body = largest_body;
    reader->stack.callbacks.fault = take_fault;
    reader->stack.callbacks.admission = admit;
    reader->stack.messages = sofia_watched_messages();
    sofia_current = &reader->stack;
    return reader;
}

void fuzz_reader_close(struct fuzz_reader *reader) {
    sofia_current = NULL;
    su_free(NULL, reader->stack.messages);
    free(reader);
}

/* Copies bytes into the message's buffer; false if it takes no more. */
static bool feed(msg_t *msg, const uint8_t *bytes, size_t size, bool end) {
    msg_iovec_t parts[msg_n_fragments] = {{0}};
    ssize_t count = msg_recv_iovec(msg, parts, msg_n_fragments, size, end);
    if (count < 0) return false;
    for (ssize_t i = 0, at = 0; i < count && (size_t)at < size; i++) {
        size_t part = parts[i].mv_len < size - (size_t)at ? parts[i].mv_len : size - (size_t)at;
        memcpy(parts[i].mv_base, bytes + at, part);
        at += (ssize_t)part;
    }
    msg_recv_commit(msg, size, end);
    return true;
}

static void show(msg_t *msg, void *context, void (*seen)(void *, const struct sofia_event *)) {
    sip_t const *sip = (sip_t const *)msg_object(msg);
    if (!sip || (!sip->sip_request && !sip->sip_status)) return;
    int status = sip->sip_status ? sip->sip_status->st_status : 0;
    struct sofia_event event = {
        .kind = sip->sip_status ? SOFIA_INVITE_ANSWER : SOFIA_INVITE, .id = 1, .status = status,
        .phrase = sip->sip_status && sip->sip_status->st_phrase ? sip->sip_status->st_phrase : "", .max_forwards = -1,
    };
    sofia_read_message(&event, sip, NULL);
    seen(context, &event);
}

static int read_datagram(
    struct fuzz_reader *reader, const uint8_t *bytes, size_t size, void *context,
    void (*seen)(void *, const struct sofia_event *)) {
    msg_t *msg = msg_create(reader->stack.messages, MSG_DO_CANONIC);
    if (feed(msg, bytes, size, true)) {
        if (msg_extract(msg) == 0) msg_mark_as_complete(msg, MSG_FLG_ERROR);
        show(msg, context, seen);
    }
    msg_destroy(msg);
    return 1;
}

int fuzz_read(
    struct fuzz_reader *reader, const uint8_t *bytes, size_t size, size_t piece, void *context,
    void (*seen)(void *, const struct sofia_event *)) {
    if (size <= 1) return 0;
    if (piece == 0) return read_datagram(reader, bytes, size, context, seen);
    int messages = 1;
    msg_t *msg = msg_create(reader->stack.messages, MSG_DO_CANONIC);
    for (size_t at = 0; msg && at < size; at += piece) {
        size_t part = piece < size - at ? piece : size - at;
        if (!feed(msg, bytes + at, part, false)) break;
        int read = 0;
        while (msg && (read = msg_extract(msg)) != 0) {
            show(msg, context, seen);
            msg_t *next = read > 0 ? msg_next(msg) : NULL;  /* After a broken message the connection is closed. */
            msg_destroy(msg);
            msg = next, messages += next != NULL;
        }
        if (!msg && read > 0) msg = msg_create(reader->stack.messages, MSG_DO_CANONIC), messages++;
    }
    if (msg) msg_destroy(msg);
    return messages;
}
