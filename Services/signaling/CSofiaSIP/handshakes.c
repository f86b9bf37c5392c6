/*
 * Why TLS handshakes fail. The library tells nobody: a request that fails by it just gets a 503 of its own. But it
 * writes to its log, on the thread that holds OpenSSL's errors, first the cause and then that it closes the connection
 * and to whom: from both we learn what is wrong with which far side.
 */
#define _GNU_SOURCE
#include "stack.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <sofia-sip/tport.h>
#include <sofia-sip/tport_tag.h>

enum {
    /* After this it is not what a request fails by. */
    FORGOTTEN_MS = 10000,
    /* One that called us is told of this often: whoever wants can fail. */
    TOLD_EVERY_MS = 10000
};

static enum sofia_handshake of_certificate(int error) {
    switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED: return SOFIA_CERTIFICATE_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID: return SOFIA_CERTIFICATE_NOT_YET_VALID;
    default: return SOFIA_CERTIFICATE_UNTRUSTED;
    }
}

/* What a reason of OpenSSL's SSL library means; alerts are the far side's words (RFC 8446 §6). */
static enum sofia_handshake of_reason(int reason) {
    switch (reason) {
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION: case SSL_R_UNSUPPORTED_PROTOCOL: case SSL_R_VERSION_TOO_LOW:
    case SSL_R_LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED:  /* what was agreed on is older than 1.2 */
        return SOFIA_VERSION_TOO_OLD;
    case SSL_R_WRONG_VERSION_NUMBER: case SSL_R_HTTP_REQUEST: case SSL_R_UNEXPECTED_MESSAGE:
    case SSL_R_PACKET_LENGTH_TOO_LONG: case SSL_R_RECORD_LENGTH_MISMATCH:
        return SOFIA_NO_TLS;
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE: case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED: case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN: case SSL_R_SSLV3_ALERT_NO_CERTIFICATE:
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA: case SSL_R_TLSV1_ALERT_ACCESS_DENIED: case SSL_R_TLSV1_ALERT_DECRYPT_ERROR:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
        return SOFIA_OWN_CERTIFICATE_REFUSED;
    default: return SOFIA_HANDSHAKE_FAILED;
    }
}

/* The first cause counts: what follows is the library's summary. */
static void note(struct handshake *failing, enum sofia_handshake what, const char *words) {
    if (failing->what != SOFIA_HANDSHAKE_FINE && failing->what != SOFIA_HANDSHAKE_FAILED) return;
    failing->what = what;
    snprintf(failing->words, sizeof failing->words, "%s", words ? words : "no reason given");
}

static void note_error(struct handshake *failing, unsigned long error) {
    const char *reason = ERR_reason_error_string(error);
    if (reason && ERR_GET_LIB(error) == ERR_LIB_SSL) note(failing, of_reason(ERR_GET_REASON(error)), reason);
}

/* What is left in OpenSSL's queue would be taken for an error of the next connection (SSL_get_error(3)). */
static void note_queue(struct handshake *failing) {
    unsigned long error = ERR_peek_last_error();
    if (error == 0) note(failing, SOFIA_HANDSHAKE_FAILED, "the connection ended within the handshake");
    note_error(failing, error);
    ERR_clear_error();
}

static struct handshake *record(struct sofia_stack *stack, const struct sockaddr_in *far) {
    size_t count = sizeof stack->handshakes / sizeof *stack->handshakes;
    struct handshake *oldest = stack->handshakes;
    for (struct handshake *one = stack->handshakes; one < stack->handshakes + count; one++) {
        if (one->far.sin_port == far->sin_port && one->far.sin_addr.s_addr == far->sin_addr.s_addr) return one;
        if (one->at < oldest->at) oldest = one;
    }
    return oldest;
}

/* Somebody could not connect to us; strangers are no news. */
static void tell(struct sofia_stack *stack, const char *address, const struct handshake *failing) {
    static const char *const format = "TLS: %s could not connect to us: %s; see its certificate and sip.tls.ca";
    if (failing->at - stack->handshake_told < TOLD_EVERY_MS) return;
    if (stack->callbacks.admission(stack->callbacks.context, address, NULL) != SOFIA_TAKEN) return;
    char line[256];
    stack->handshake_told = failing->at;
    snprintf(line, sizeof line, format, address, failing->words);
    stack->callbacks.log(stack->callbacks.context, line);
}

/* Now the far side is known: "tport_close(0x1234): tls/192.0.2.10:5061/sips". */
static void close_of(struct sofia_stack *stack, const char *line) {
    char address[INET_ADDRSTRLEN] = "";
    unsigned port = 0;
    struct handshake *failing = &stack->failing;
    if (sscanf(line, "tport_close(%*[^)]): %*[^/]/%15[^:]:%5u", address, &port) != 2) return;
    failing->far = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, address, &failing->far.sin_addr) == 1) {
        failing->at = sofia_now_ms();
        if (sofia_is_dialled(stack, &failing->far)) *record(stack, &failing->far) = *failing;
        else tell(stack, address, failing);
    }
    failing->what = SOFIA_HANDSHAKE_FINE;
}

/* The requests that wait for the connection fail now, not when their time is over. */
static void hear_close(struct sofia_stack *stack, const char *format, va_list arguments) {
    char line[160];
    va_list copy;
    va_copy(copy, arguments);
    bool is_close = strcmp(va_arg(copy, const char *), "tport_close") == 0;
    tport_t *connection = va_arg(copy, void *);
    va_end(copy);
    if (!is_close) return;
    tport_set_params(connection, TPTAG_SDWN_ERROR(1), TAG_END());
    if (vsnprintf(line, sizeof line, format, arguments) > 0) close_of(stack, line);
}

static void hear_certificate(struct handshake *failing, va_list arguments) {
    int error = va_arg(arguments, int);
    note(failing, of_certificate(error), va_arg(arguments, const char *));
}

static void hear_error(struct handshake *failing, va_list arguments) {
    (void)va_arg(arguments, const char *);  /* who says so */
    note_error(failing, va_arg(arguments, unsigned long));
}

bool sofia_hear_handshake(struct sofia_stack *stack, const char *format, va_list arguments) {
    struct handshake *failing = &stack->failing;
    va_list copy;
    va_copy(copy, arguments);
    bool heard = true;
    if (strcmp(format, "%s(%p): %s/%s:%s%s%s%s%s\n") == 0) {
        if (failing->what != SOFIA_HANDSHAKE_FINE) hear_close(stack, format, copy);
    } else if (strcmp(format, "  err %i:%s\n") == 0) {
        hear_certificate(failing, copy);
    } else if (strcmp(format, "%s: %08lx:%s:%s:%s\n") == 0) {
        hear_error(failing, copy);
    } else if (strstr(format, "Peer Subject Mismatch")) {
        note(failing, SOFIA_CERTIFICATE_OF_ANOTHER, "certificate of another name");
    } else if (strstr(format, "TLS setup failed")) {
        note_queue(failing);
    } else {
        heard = strstr(format, "Error with certificate") || strstr(format, "  issuer ") || strstr(format, "  subject ");
    }
    va_end(copy);
    return heard;
}

enum sofia_handshake sofia_take_handshake(
    struct sofia_stack *stack, const char *address, uint16_t port, char *words, size_t capacity) {
    struct sockaddr_in far = {.sin_family = AF_INET, .sin_port = htons(port)};
    if (inet_pton(AF_INET, address, &far.sin_addr) != 1) return SOFIA_HANDSHAKE_FINE;
    struct handshake *one = record(stack, &far);
    bool is_its = one->far.sin_port == far.sin_port && one->far.sin_addr.s_addr == far.sin_addr.s_addr;
    if (!is_its || sofia_now_ms() - one->at > FORGOTTEN_MS) return SOFIA_HANDSHAKE_FINE;
    snprintf(words, capacity, "%s", one->words);
    enum sofia_handshake what = one->what;
    memset(one, 0, sizeof *one);
    return what;
}
