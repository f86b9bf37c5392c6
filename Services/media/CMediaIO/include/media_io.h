/* What the media engine asks of the kernel. All but the part marked "control" is for the real-time worker: declared
   @_noLocks, which the Swift compiler believes, so each function here must neither lock nor allocate. Addresses and
   ports are in host byte order; functions that can fail return -errno. */
#ifndef MEDIA_IO_H
#define MEDIA_IO_H

#include <stdint.h>

#define MEDIA_REAL_TIME __attribute__((swift_attr("@_noLocks")))

enum {
    /* Bytes between two packets in a receive buffer: more than any audio packet has. */
    MEDIA_PACKET_ROOM = 2048,
    /* The most packets that one media_receive takes. */
    MEDIA_BURST = 16,
    /* The most tokens that one media_wait gives. */
    MEDIA_READY = 64
};

/* Where a received packet came from. length is 0 for a packet that did not fit MEDIA_PACKET_ROOM. */
struct media_arrival {
    uint32_t address;
    uint16_t port;
    uint16_t length;
};

/* Moves up to capacity (<= MEDIA_BURST) packets into buffer, one each MEDIA_PACKET_ROOM bytes; returns how many. */
MEDIA_REAL_TIME
int media_receive(int fd, uint8_t *buffer, struct media_arrival *arrivals, int capacity);

/* Sends one packet; returns 0. */
MEDIA_REAL_TIME
int media_send(int fd, const uint8_t *bytes, int count, uint32_t address, uint16_t port);

/* Waits for readable descriptors and gives their tokens; returns how many, 0 after a signal. */
MEDIA_REAL_TIME
int media_wait(int epoll, uint32_t *tokens, int capacity);

/* Takes the number that an eventfd or timerfd holds; 0 if it holds none. */
MEDIA_REAL_TIME
int64_t media_take(int fd);

/* Adds one to an eventfd. */
MEDIA_REAL_TIME
void media_ring(int fd);

/* Nanoseconds of the monotonic clock. */
MEDIA_REAL_TIME
int64_t media_clock(void);

/* ---- control ---- */

int media_epoll(void);
int media_epoll_add(int epoll, int fd, uint32_t token);
void media_epoll_remove(int epoll, int fd);

/* An eventfd that does not block. */
int media_event(void);

/* A timer that ticks each interval, to absolute deadlines from now on. */
int media_timer(int64_t interval_ns);

/* Blocks until an eventfd or timerfd holds something, at most limit_ms; returns what it held, 0 after the limit. */
int64_t media_await(int fd, int limit_ms);

/* A UDP socket that does not block, bound to address and port, marked as voice (DSCP EF, RFC 3246). */
int media_socket(uint32_t address, uint16_t port);

/* Names the calling thread, for top -H; at most 15 bytes. */
void media_name_thread(const char *name);

/* A thread-safe strerror into a buffer of the caller's. */
void media_error_text(int code, char *text, int room);

#endif
