/* librabbitmq as Swift can call it: its variadic login, its byte strings as C strings, its tables as arrays. */
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#define RUFBUS_ARGUMENTS 8

enum rufbus_kind { RUFBUS_TEXT, RUFBUS_NUMBER, RUFBUS_FLAG };

/* One argument of a queue's declaration. */
struct rufbus_argument {
    const char *key;
    enum rufbus_kind kind;
    const char *text;
    int64_t number;
};

/* What goes out with one message; NULL leaves a property away. */
struct rufbus_message {
    const char *exchange, *key, *type, *message_id, *expiration, *correlation_id, *reply_to;
    int mandatory, persistent;
};

static inline amqp_table_entry_t rufbus_flag(const char *key) {
    amqp_table_entry_t entry;
    entry.key = amqp_cstring_bytes(key);
    entry.value.kind = AMQP_FIELD_KIND_BOOLEAN;
    entry.value.value.boolean = 1;
    return entry;
}

/* Logs in with heartbeat (seconds) and the capabilities that make the broker tell us of alarms and lost queues. */
static inline amqp_rpc_reply_t rufbus_login(
    amqp_connection_state_t state, const char *vhost, int heartbeat, const char *user, const char *password,
    const char *name) {
    amqp_table_entry_t capabilities[2], properties[2];
    amqp_table_t table;
    capabilities[0] = rufbus_flag("connection.blocked");
    capabilities[1] = rufbus_flag("consumer_cancel_notify");
    properties[0].key = amqp_cstring_bytes("capabilities");
    properties[0].value.kind = AMQP_FIELD_KIND_TABLE;
    properties[0].value.value.table.num_entries = 2;
    properties[0].value.value.table.entries = capabilities;
    properties[1].key = amqp_cstring_bytes("connection_name");
    properties[1].value.kind = AMQP_FIELD_KIND_UTF8;
    properties[1].value.value.bytes = amqp_cstring_bytes(name);
    table.num_entries = 2;
    table.entries = properties;
    return amqp_login_with_properties(
        state, vhost, 0, AMQP_DEFAULT_FRAME_SIZE, heartbeat, &table, AMQP_SASL_METHOD_PLAIN, user, password);
}

static inline void rufbus_exchange_declare(amqp_connection_state_t state, const char *name, int passive) {
    amqp_exchange_declare(
        state, 1, amqp_cstring_bytes(name), amqp_cstring_bytes("topic"), passive, 1, 0, 0, amqp_empty_table);
}

/* Durable and shared, or exclusive to this connection and gone with it. At most RUFBUS_ARGUMENTS arguments. */
static inline void rufbus_queue_declare(
    amqp_connection_state_t state, const char *name, int durable, const struct rufbus_argument *arguments, int count) {
    amqp_table_entry_t entries[RUFBUS_ARGUMENTS];
    amqp_table_t table;
    for (int i = 0; i < count && i < RUFBUS_ARGUMENTS; i++) {
        entries[i] = rufbus_flag(arguments[i].key);
        if (arguments[i].kind == RUFBUS_FLAG) entries[i].value.value.boolean = arguments[i].number != 0;
        if (arguments[i].kind == RUFBUS_NUMBER) {
            entries[i].value.kind = AMQP_FIELD_KIND_I64;
            entries[i].value.value.i64 = arguments[i].number;
        }
        if (arguments[i].kind == RUFBUS_TEXT) {
            entries[i].value.kind = AMQP_FIELD_KIND_UTF8;
            entries[i].value.value.bytes = amqp_cstring_bytes(arguments[i].text);
        }
    }
    table.num_entries = count < RUFBUS_ARGUMENTS ? count : RUFBUS_ARGUMENTS;
    table.entries = entries;
    amqp_queue_declare(state, 1, amqp_cstring_bytes(name), 0, durable, !durable, !durable, table);
}

static inline void rufbus_bind(
    amqp_connection_state_t state, const char *queue, const char *exchange, const char *key) {
    amqp_queue_bind(
        state, 1, amqp_cstring_bytes(queue), amqp_cstring_bytes(exchange), amqp_cstring_bytes(key), amqp_empty_table);
}

/* The consumer's tag is the queue's name. */
static inline void rufbus_consume(amqp_connection_state_t state, const char *queue, int acknowledged) {
    amqp_basic_consume(
        state, 1, amqp_cstring_bytes(queue), amqp_cstring_bytes(queue), 0, !acknowledged, 0, amqp_empty_table);
}

static inline void rufbus_property(
    amqp_basic_properties_t *properties, amqp_bytes_t *field, amqp_flags_t flag, const char *text) {
    if (text == NULL) return;
    *field = amqp_cstring_bytes(text);
    properties->_flags |= flag;
}

static inline int rufbus_publish(
    amqp_connection_state_t state, const struct rufbus_message *message, const void *body, size_t length) {
    amqp_basic_properties_t p;
    amqp_bytes_t bytes;
    memset(&p, 0, sizeof p);
    p._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
    p.delivery_mode = message->persistent ? AMQP_DELIVERY_PERSISTENT : AMQP_DELIVERY_NONPERSISTENT;
    rufbus_property(&p, &p.content_type, AMQP_BASIC_CONTENT_TYPE_FLAG, "application/cloudevents+json");
    rufbus_property(&p, &p.type, AMQP_BASIC_TYPE_FLAG, message->type);
    rufbus_property(&p, &p.message_id, AMQP_BASIC_MESSAGE_ID_FLAG, message->message_id);
    rufbus_property(&p, &p.expiration, AMQP_BASIC_EXPIRATION_FLAG, message->expiration);
    rufbus_property(&p, &p.correlation_id, AMQP_BASIC_CORRELATION_ID_FLAG, message->correlation_id);
    rufbus_property(&p, &p.reply_to, AMQP_BASIC_REPLY_TO_FLAG, message->reply_to);
    bytes.len = length;
    bytes.bytes = (void *)body;
    return amqp_basic_publish(
        state, 1, amqp_cstring_bytes(message->exchange), amqp_cstring_bytes(message->key), message->mandatory, 0, &p,
        bytes);
}

/* While corked, what is sent gathers in the kernel: one segment for several messages. */
static inline void rufbus_cork(int fd, int corked) {
    setsockopt(fd, IPPROTO_TCP, TCP_CORK, &corked, sizeof corked);
}

/* librabbitmq's sockets do not block and it waits for room without end: this ends a connection whose peer takes
 * nothing for so many milliseconds (also with a window of zero). SO_SNDTIMEO does nothing on such a socket. */
static inline int rufbus_limit_sending(int fd, unsigned int milliseconds) {
    return setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
}

/* What the broker says of itself at login ("product", "version"); no bytes if it does not. Lent until the next call. */
static inline amqp_bytes_t rufbus_server_property(amqp_connection_state_t state, const char *name) {
    amqp_table_t *table = amqp_get_server_properties(state);
    for (int i = 0; table != NULL && i < table->num_entries; i++) {
        amqp_table_entry_t *entry = &table->entries[i];
        int is_text = entry->value.kind == AMQP_FIELD_KIND_UTF8 || entry->value.kind == AMQP_FIELD_KIND_BYTES;
        if (is_text && entry->key.len == strlen(name) && memcmp(entry->key.bytes, name, entry->key.len) == 0)
            return entry->value.value.bytes;
    }
    return amqp_empty_bytes;
}

/* TLS. OpenSSL checks certificate and name itself during the handshake: librabbitmq's own look at the name comes later
 * and knows no addresses, and what was wrong it does not say. All functions answer 1 if it went well. */

static inline SSL_CTX *rufbus_context(amqp_socket_t *socket) {
    return (SSL_CTX *)amqp_ssl_socket_get_context(socket);
}

/* Remembers the first thing that is wrong with a certificate where the context says. */
static inline int rufbus_verify(int fine, X509_STORE_CTX *store) {
    SSL *ssl = (SSL *)X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    int *problem = (int *)SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    if (!fine && *problem == 0) *problem = X509_STORE_CTX_get_error(store);
    return fine;
}

/* TLS 1.2 or newer with a certificate for `host`, a name or an address. `problem` becomes what is wrong with it. */
static inline int rufbus_tls_check(amqp_socket_t *socket, const char *host, int *problem) {
    SSL_CTX *context = rufbus_context(socket);
    X509_VERIFY_PARAM *wanted = SSL_CTX_get0_param(context);
    struct in6_addr address;
    int is_address = inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
    ERR_clear_error();
    amqp_ssl_socket_set_verify_peer(socket, 1);
    amqp_ssl_socket_set_verify_hostname(socket, 0);
    SSL_CTX_set_app_data(context, problem);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, rufbus_verify);
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) return 0;
    return is_address ? X509_VERIFY_PARAM_set1_ip_asc(wanted, host) : X509_VERIFY_PARAM_set1_host(wanted, host, 0);
}

/* `file` NULL: whom this machine trusts. */
static inline int rufbus_tls_trust(amqp_socket_t *socket, const char *file) {
    if (file == NULL) return SSL_CTX_set_default_verify_paths(rufbus_context(socket));
    return SSL_CTX_load_verify_locations(rufbus_context(socket), file, NULL);
}

static inline int rufbus_tls_certificate(amqp_socket_t *socket, const char *file) {
    return SSL_CTX_use_certificate_chain_file(rufbus_context(socket), file);
}

/* A service has nobody to ask for a password. */
static inline int rufbus_no_password(char *buffer, int size, int writes, void *data) {
    (void)buffer, (void)size, (void)writes, (void)data;
    return -1;
}

static inline int rufbus_tls_key(amqp_socket_t *socket, const char *file) {
    SSL_CTX *context = rufbus_context(socket);
    SSL_CTX_set_default_passwd_cb(context, rufbus_no_password);
    if (SSL_CTX_use_PrivateKey_file(context, file, SSL_FILETYPE_PEM) != 1) return 0;
    return SSL_CTX_check_private_key(context);
}

/* Why the last TLS call of this thread failed: a reason (SSL_R_…), and a text of `size` bytes at most. */
static inline int rufbus_tls_reason(void) { return ERR_GET_REASON(ERR_peek_last_error()); }
static inline void rufbus_tls_text(char *text, size_t size) {
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    strncpy(text, reason == NULL ? "the connection was closed" : reason, size - 1);
    text[size - 1] = 0;
}
