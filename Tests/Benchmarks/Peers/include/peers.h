/* Bare loops over librabbitmq and libpq: what the same work costs without our clients around it. Blocking, one thread
 * each; a connection belongs to one thread at a time. */
#include <stddef.h>
#include <stdint.h>

struct peer_broker;

/* A connection with one channel in confirm mode. NULL: no connection. */
struct peer_broker *peer_broker_open(
    const char *host, int port, const char *vhost, const char *user, const char *password);
void peer_broker_close(struct peer_broker *broker);

/* Sends `count` persistent messages, at most `window` of them unconfirmed. Returns how many were confirmed. */
int peer_publish(
    struct peer_broker *broker, const char *exchange, const char *key, const void *body, size_t length, int count,
    int window);

/* Sends `count` persistent messages, `rate` a second, each when the one before is confirmed: nanoseconds from sending
 * to confirm go to `times`. Returns how many. */
int peer_confirm_times(
    struct peer_broker *broker, const char *exchange, const char *key, const void *body, size_t length, int count,
    int rate, int64_t *times);

/* Reads `count` messages of a queue and acknowledges them, half a prefetch at a time. Returns how many came. */
int peer_consume(struct peer_broker *broker, const char *queue, int count, int prefetch);

/* Sends back `count` messages that come to the queue, which it declares for itself, to their reply_to. */
int peer_echo(struct peer_broker *broker, const char *queue, int count);
/* Asks the echo `count` times, `rate` a second: nanoseconds from question to answer go to `times`. Returns how many. */
int peer_ask_times(
    struct peer_broker *broker, const char *queue, const void *body, size_t length, int count, int rate,
    int64_t *times);

/* Tells of each message that comes to these exchanges (names separated by spaces; those that do not exist are passed
 * over) until `stop` is not 0. Returns -1 if that cannot be listened to. */
int peer_listen(
    struct peer_broker *broker, const char *exchanges, const volatile int *stop, void *context,
    void (*heard)(void *context, const char *key, int is_persistent));

struct peer_rows;

/* Reads the events of database `url` into memory, `limit` at most. NULL: cannot be read. */
struct peer_rows *peer_rows_open(const char *url, int limit);
/* Inserts them into an empty table like `events`, `batch` rows a statement and a transaction. Returns how many. */
int peer_rows_insert(struct peer_rows *rows, int batch);
void peer_rows_close(struct peer_rows *rows);
