/* librabbitmq as its own examples use it. */
#include "peers.h"

#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct peer_broker {
    amqp_connection_state_t state;
    /* Number of the last message that was sent, and how many are confirmed. */
    uint64_t sent, confirmed;
};

static int is_fine(amqp_rpc_reply_t reply) { return reply.reply_type == AMQP_RESPONSE_NORMAL; }

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static void sleep_until(int64_t moment) {
    struct timespec time = {moment / 1000000000LL, moment % 1000000000LL};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
}

struct peer_broker *peer_broker_open(
    const char *host, int port, const char *vhost, const char *user, const char *password) {
    struct peer_broker *broker = calloc(1, sizeof *broker);
    broker->state = amqp_new_connection();
    amqp_socket_t *socket = amqp_tcp_socket_new(broker->state);
    if (socket != NULL && amqp_socket_open(socket, host, port) == AMQP_STATUS_OK &&
        is_fine(amqp_login(broker->state, vhost, 0, 131072, 0, AMQP_SASL_METHOD_PLAIN, user, password)) &&
        amqp_channel_open(broker->state, 1) != NULL && amqp_confirm_select(broker->state, 1) != NULL)
        return broker;
    peer_broker_close(broker);
    return NULL;
}

void peer_broker_close(struct peer_broker *broker) {
    amqp_connection_close(broker->state, AMQP_REPLY_SUCCESS);
    amqp_destroy_connection(broker->state);
    free(broker);
}

static int send_one(
    struct peer_broker *broker, const char *exchange, const char *key, const void *body, size_t length,
    const char *reply_to, int mode) {
    amqp_basic_properties_t properties;
    amqp_bytes_t bytes = {length, (void *)body};
    memset(&properties, 0, sizeof properties);
    properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
    properties.delivery_mode = mode;
    if (reply_to != NULL) {
        properties._flags |= AMQP_BASIC_REPLY_TO_FLAG;
        properties.reply_to = amqp_cstring_bytes(reply_to);
    }
    if (amqp_basic_publish(
            broker->state, 1, amqp_cstring_bytes(exchange), amqp_cstring_bytes(key), 0, 0, &properties, bytes) !=
        AMQP_STATUS_OK)
        return 0;
    broker->sent++;
    return 1;
}

/* Reads one frame; counts what a basic.ack confirms (the broker confirms in order here). */
static int read_confirm(struct peer_broker *broker) {
    amqp_frame_t frame;
    amqp_maybe_release_buffers(broker->state);
    if (amqp_simple_wait_frame(broker->state, &frame) != AMQP_STATUS_OK) return 0;
    if (frame.frame_type != AMQP_FRAME_METHOD || frame.payload.method.id != AMQP_BASIC_ACK_METHOD) return 1;
    amqp_basic_ack_t *ack = frame.payload.method.decoded;
    if (ack->multiple) broker->confirmed = ack->delivery_tag;
    else broker->confirmed++;
    return 1;
}

int peer_publish(
    struct peer_broker *broker, const char *exchange, const char *key, const void *body, size_t length, int count,
    int window) {
    uint64_t before = broker->confirmed;
    for (int i = 0; i < count; i++) {
        while (broker->sent - broker->confirmed >= (uint64_t)window)
            if (!read_confirm(broker)) return -1;
        if (!send_one(broker, exchange, key, body, length, NULL, 2)) return -1;
    }
    while (broker->confirmed < broker->sent)
        if (!read_confirm(broker)) return -1;
    return (int)(broker->confirmed - before);
}

int peer_confirm_times(
    struct peer_broker *broker, const char *exchange, const char *key, const void *body, size_t length, int count,
    int rate, int64_t *times) {
    int64_t begin = now();
    for (int i = 0; i < count; i++) {
        sleep_until(begin + i * 1000000000LL / rate);
        int64_t sent_at = now();
        if (!send_one(broker, exchange, key, body, length, NULL, 2)) return i;
        while (broker->confirmed < broker->sent)
            if (!read_confirm(broker)) return i;
        times[i] = now() - sent_at;
    }
    return count;
}

/* Consumes with `tag`; a queue of our own is declared first. */
static int start_reading(struct peer_broker *broker, const char *queue, int is_own, int prefetch) {
    amqp_bytes_t name = amqp_cstring_bytes(queue);
    if (is_own && amqp_queue_declare(broker->state, 1, name, 0, 0, 1, 1, amqp_empty_table) == NULL) return 0;
    if (prefetch > 0) amqp_basic_qos(broker->state, 1, 0, prefetch, 0);
    return amqp_basic_consume(broker->state, 1, name, name, 0, is_own, 0, amqp_empty_table) != NULL;
}

static int next(struct peer_broker *broker, amqp_envelope_t *envelope) {
    amqp_maybe_release_buffers(broker->state);
    return is_fine(amqp_consume_message(broker->state, envelope, NULL, 0));
}

int peer_consume(struct peer_broker *broker, const char *queue, int count, int prefetch) {
    amqp_envelope_t envelope;
    if (!start_reading(broker, queue, 0, prefetch)) return -1;
    for (int i = 1; i <= count; i++) {
        if (!next(broker, &envelope)) return i - 1;
        uint64_t tag = envelope.delivery_tag;
        amqp_destroy_envelope(&envelope);
        if (i % (prefetch / 2) == 0 || i == count) amqp_basic_ack(broker->state, 1, tag, 1);
    }
    amqp_basic_cancel(broker->state, 1, amqp_cstring_bytes(queue));
    return count;
}

int peer_echo(struct peer_broker *broker, const char *queue, int count) {
    amqp_envelope_t envelope;
    char reply_to[256];
    if (!start_reading(broker, queue, 1, 0)) return -1;
    for (int i = 0; i < count; i++) {
        /* Confirms come in between; amqp_consume_message stops at them. */
        while (!next(broker, &envelope)) {
            amqp_frame_t frame;
            if (amqp_simple_wait_frame(broker->state, &frame) != AMQP_STATUS_OK) return i;
        }
        amqp_bytes_t to = envelope.message.properties.reply_to, body = envelope.message.body;
        snprintf(reply_to, sizeof reply_to, "%.*s", (int)to.len, (char *)to.bytes);
        send_one(broker, "", reply_to, body.bytes, body.len, NULL, 1);
        amqp_destroy_envelope(&envelope);
    }
    return count;
}

int peer_ask_times(
    struct peer_broker *broker, const char *queue, const void *body, size_t length, int count, int rate,
    int64_t *times) {
    amqp_envelope_t envelope;
    const char *own = "peer.answers";
    if (!start_reading(broker, own, 1, 0)) return -1;
    int64_t begin = now();
    for (int i = 0; i < count; i++) {
        sleep_until(begin + i * 1000000000LL / rate);
        int64_t asked_at = now();
        if (!send_one(broker, "", queue, body, length, own, 1)) return i;
        while (!next(broker, &envelope)) {
            amqp_frame_t frame;
            if (amqp_simple_wait_frame(broker->state, &frame) != AMQP_STATUS_OK) return i;
        }
        times[i] = now() - asked_at;
        amqp_destroy_envelope(&envelope);
    }
    return count;
}

static int bind_all(struct peer_broker *broker, const char *queue, const char *exchanges) {
    char names[256], *rest = names, *name;
    snprintf(names, sizeof names, "%s", exchanges);
    while ((name = strtok_r(rest, " ", &rest)) != NULL)
        if (amqp_queue_bind(
                broker->state, 1, amqp_cstring_bytes(queue), amqp_cstring_bytes(name), amqp_cstring_bytes("#"),
                amqp_empty_table) == NULL)
            return 0;
    return 1;
}

int peer_listen(
    struct peer_broker *broker, const char *exchanges, const volatile int *stop, void *context,
    void (*heard)(void *context, const char *key, int is_persistent)) {
    amqp_envelope_t envelope;
    struct timeval tick = {0, 50000};
    char key[256];
    const char *queue = "peer.listener";
    if (amqp_queue_declare(broker->state, 1, amqp_cstring_bytes(queue), 0, 0, 1, 1, amqp_empty_table) == NULL ||
        !bind_all(broker, queue, exchanges) || !start_reading(broker, queue, 1, 0))
        return -1;
    while (!*stop) {
        amqp_maybe_release_buffers(broker->state);
        amqp_rpc_reply_t reply = amqp_consume_message(broker->state, &envelope, &tick, 0);
        if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION && reply.library_error == AMQP_STATUS_TIMEOUT) continue;
        if (!is_fine(reply)) return -1;
        snprintf(key, sizeof key, "%.*s", (int)envelope.routing_key.len, (char *)envelope.routing_key.bytes);
        heard(context, key, envelope.message.properties.delivery_mode == 2);
        amqp_destroy_envelope(&envelope);
    }
    return 0;
}
