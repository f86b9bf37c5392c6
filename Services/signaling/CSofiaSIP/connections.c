/*
 * The watch over TCP and TLS connections. The library keeps a connection as long as its far side likes, also one that
 * says nothing, half a message or half a handshake. We look at our process' sockets once in a while, on the library's
 * own thread, and shut down what holds too long; the library then meets the end of that stream and clears up.
 */
#define _GNU_SOURCE
#include "stack.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <linux/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <sofia-sip/msg_addr.h>

enum {
    SWEEP_MS = 500,
    /* Between a connection's beginning and its first whole message. */
    SILENCE_MS = 10000,
    /* Between a message's first byte and its last; keep-alive bytes (RFC 5626 §4.4.1) are no message. */
    STUCK_MS = 15000, KEEPALIVE_BYTES = 128,
    LARGEST_CROWD = 1024, LARGEST_OF_ADDRESS = 64,
    /* The kernel's: a far side that is not read from fills no more. */
    RECEIVE_BUFFER = 64 * 1024
};

enum side { NONE, LISTENER, ACCEPTED, DIALLED };

struct connection {
    struct connection *next;
    struct sockaddr_in far;
    int64_t since, baseline_at;
    uint64_t baseline;    /* bytes when it last had said all that it had begun */
    bool spoke;           /* has said a whole message */
    bool fresh;           /* has said one since the last look */
    bool refused;         /* what it said was refused; the answer is on its way */
    bool asked;           /* whether its address may connect */
    bool seen;            /* in this look */
    bool shut;
};

int64_t sofia_now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_BOOTTIME, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static bool is_same(const struct sockaddr_in *one, const struct sockaddr_in *other) {
    return one->sin_addr.s_addr == other->sin_addr.s_addr && one->sin_port == other->sin_port;
}

/* The record of a far side, made if there is none; null without memory. */
static struct connection *meet(struct sofia_stack *stack, const struct sockaddr_in *far) {
    for (struct connection *one = stack->connections; one; one = one->next) {
        if (is_same(&one->far, far)) return one;
    }
    struct connection *one = calloc(1, sizeof *one);
    if (!one) return NULL;
    one->far = *far;
    one->since = one->baseline_at = sofia_now_ms();
    one->next = stack->connections;
    stack->connections = one;
    return one;
}

void sofia_connection_spoke(struct sofia_stack *stack, msg_t *msg, bool refused) {
    su_sockaddr_t const *from = msg_addr(msg);
    if (!from || from->su_family != AF_INET) return;
    struct connection *one = meet(stack, &from->su_sin);
    if (!one) return;
    one->spoke = one->fresh = true;
    one->refused |= refused;
}

void sofia_dialling(struct sofia_stack *stack, const char *address, uint16_t port) {
    struct sockaddr_in far = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (inet_pton(AF_INET, address, &far.sin_addr) != 1) return;
    for (size_t i = 0; i < stack->dialled_count; i++) {
        if (is_same(&stack->dialled[i], &far)) return;
    }
    size_t room = sizeof stack->dialled / sizeof *stack->dialled;
    stack->dialled[stack->dialled_count++ % room] = far;
    if (stack->dialled_count >= 2 * room) stack->dialled_count = room;
}

bool sofia_is_dialled(const struct sofia_stack *stack, const struct sockaddr_in *far) {
    size_t room = sizeof stack->dialled / sizeof *stack->dialled;
    for (size_t i = 0; i < stack->dialled_count && i < room; i++) {
        if (is_same(&stack->dialled[i], far)) return true;
    }
    return false;
}

/* What a descriptor of our process is to us. */
static enum side side_of(const struct sofia_stack *stack, int descriptor, struct sockaddr_in *far) {
    struct sockaddr_in own = {0};
    socklen_t size = sizeof own, far_size = sizeof *far, length = sizeof(int);
    int kind = 0;
    if (getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &kind, &length) < 0 || kind != SOCK_STREAM) return NONE;
    if (getsockname(descriptor, (struct sockaddr *)&own, &size) < 0 || own.sin_family != AF_INET) return NONE;
    uint16_t port = ntohs(own.sin_port);
    bool ours = port != 0 && (port == stack->settings.tcp_port || port == stack->settings.tls.port);
    if (getpeername(descriptor, (struct sockaddr *)far, &far_size) < 0) return ours ? LISTENER : NONE;
    if (ours) return ACCEPTED;
    return sofia_is_dialled(stack, far) ? DIALLED : NONE;
}

static uint64_t bytes_received(int descriptor) {
    struct tcp_info info;
    socklen_t size = sizeof info;
    memset(&info, 0, sizeof info);
    return getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &info, &size) < 0 ? 0 : info.tcpi_bytes_received;
}

static int of_address(const struct sofia_stack *stack, const struct connection *like) {
    int count = 0;
    for (const struct connection *one = stack->connections; one; one = one->next) {
        if (!one->shut && one->far.sin_addr.s_addr == like->far.sin_addr.s_addr) count++;
    }
    return count;
}

/* A connection that has spoken may be quiet for as long as it likes; half a message may not stand. */
static bool is_stuck(struct connection *one, int descriptor, int64_t now) {
    uint64_t bytes = bytes_received(descriptor);
    if (one->fresh) one->baseline = bytes, one->baseline_at = now, one->fresh = false;
    if (now - one->baseline_at < STUCK_MS) return false;
    if (bytes - one->baseline > KEEPALIVE_BYTES) return true;
    one->baseline = bytes, one->baseline_at = now;
    return false;
}

static bool is_crowd(const struct sofia_stack *stack, const struct connection *one) {
    return stack->connection_count > LARGEST_CROWD || of_address(stack, one) > LARGEST_OF_ADDRESS;
}

/* Why a connection is to end; -1: it may stay. */
static int verdict(struct sofia_stack *stack, struct connection *one, enum side side, int descriptor, int64_t now) {
    char address[INET_ADDRSTRLEN] = "";
    inet_ntop(AF_INET, &one->far.sin_addr, address, sizeof address);
    bool is_new = !one->asked;
    one->asked = true;
    if (side == ACCEPTED && is_new
        && stack->callbacks.admission(stack->callbacks.context, address, NULL) != SOFIA_TAKEN) {
        return SOFIA_SHUT_STRANGER;
    }
    if (one->refused) return SOFIA_SHUT_REFUSED;
    if (side == ACCEPTED && is_new && is_crowd(stack, one)) return SOFIA_SHUT_CROWD;
    if (side == ACCEPTED && !one->spoke) return now - one->since > SILENCE_MS ? SOFIA_SHUT_SILENT : -1;
    if (side == DIALLED && bytes_received(descriptor) == 0) {
        return now - one->since > SILENCE_MS ? SOFIA_SHUT_SILENT : -1;
    }
    return is_stuck(one, descriptor, now) ? SOFIA_SHUT_STUCK : -1;
}

static void look_at(struct sofia_stack *stack, int descriptor, int64_t now) {
    struct sockaddr_in far = {0};
    enum side side = side_of(stack, descriptor, &far);
    if (side != ACCEPTED && side != DIALLED) return;
    struct connection *one = meet(stack, &far);
    if (!one) return;
    one->seen = true;
    if (one->shut) return;
    int why = verdict(stack, one, side, descriptor, now);
    if (why < 0) return;
    one->shut = true;
    shutdown(descriptor, SHUT_RDWR);
    stack->callbacks.shut(stack->callbacks.context, (enum sofia_shut)why);
}

static int descriptor_of(const struct dirent *entry) {
    return entry->d_name[0] >= '0' && entry->d_name[0] <= '9' ? atoi(entry->d_name) : -1;
}

/* Forgets those that are gone. */
static void forget(struct sofia_stack *stack) {
    stack->connection_count = 0;
    for (struct connection **link = &stack->connections; *link;) {
        struct connection *one = *link;
        if (one->seen) {
            one->seen = false;
            stack->connection_count++;
            link = &one->next;
        } else {
            *link = one->next;
            free(one);
        }
    }
}

static void sweep(su_root_magic_t *root, su_timer_t *timer, su_timer_arg_t *argument) {
    struct sofia_stack *stack = (struct sofia_stack *)argument;
    DIR *folder = opendir("/proc/self/fd");
    if (!folder) return;
    int64_t now = sofia_now_ms();
    for (const struct dirent *entry; (entry = readdir(folder));) look_at(stack, descriptor_of(entry), now);
    closedir(folder);
    forget(stack);
}

/* What comes in a flood fills the kernel's buffer, not ours; connections take theirs from their listener. */
static void bound_listeners(const struct sofia_stack *stack) {
    DIR *folder = opendir("/proc/self/fd");
    if (!folder) return;
    int size = RECEIVE_BUFFER;
    for (const struct dirent *entry; (entry = readdir(folder));) {
        struct sockaddr_in far;
        int descriptor = descriptor_of(entry);
        if (side_of(stack, descriptor, &far) != LISTENER) continue;
        setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    }
    closedir(folder);
}

bool sofia_watch_connections(struct sofia_stack *stack) {
    if (stack->settings.tcp_port == 0 && stack->settings.tls.port == 0) return true;
    bound_listeners(stack);
    stack->sweep = su_timer_create(su_root_task(stack->root), SWEEP_MS);
    return stack->sweep && su_timer_set_for_ever(stack->sweep, sweep, (su_timer_arg_t *)stack) == 0;
}

void sofia_unwatch_connections(struct sofia_stack *stack) {
    if (stack->sweep) su_timer_destroy(stack->sweep);
    stack->sweep = NULL;
    for (struct connection *one; (one = stack->connections);) {
        stack->connections = one->next;
        free(one);
    }
}
