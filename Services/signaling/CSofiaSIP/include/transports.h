/* SIP over TCP and TLS (RFC 3261 §18): what the library lacks around its own transports. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* TLS as the operator has set it; all files are PEM. */
struct sofia_tls {
    uint16_t port;             /* 0: no TLS */
    const char *certificate;   /* our own */
    const char *key;           /* its key, not encrypted */
    const char *authority;     /* who may have signed the far sides' certificates */
    bool asks_clients;         /* whoever connects must show a certificate, too */
};

struct sofia_stack;

/* We are about to send there by TCP or TLS: the connection is watched. */
void sofia_dialling(struct sofia_stack *stack, const char *address, uint16_t port);

/* What went wrong with a TLS handshake; "the far side" has a certificate, too. */
enum sofia_handshake {
    SOFIA_HANDSHAKE_FINE,
    SOFIA_CERTIFICATE_UNTRUSTED,      /* of no authority of ours, or broken */
    SOFIA_CERTIFICATE_EXPIRED,
    SOFIA_CERTIFICATE_NOT_YET_VALID,
    SOFIA_CERTIFICATE_OF_ANOTHER,     /* it does not bear the name that was looked for */
    SOFIA_VERSION_TOO_OLD,            /* the far side knows nothing newer than TLS 1.1 */
    SOFIA_NO_TLS,                     /* what it says is not TLS */
    SOFIA_OWN_CERTIFICATE_REFUSED,    /* the far side does not take ours */
    SOFIA_HANDSHAKE_FAILED            /* something else */
};

/*
 * Why the last handshake with a far side that we dialled failed, if it did within the last seconds; forgets it.
 * `words`: OpenSSL's.
 */
enum sofia_handshake sofia_take_handshake(
    struct sofia_stack *stack, const char *address, uint16_t port, char *words, size_t capacity);

/* Which file of it is wrong. */
enum sofia_tls_file { SOFIA_TLS_SOUND, SOFIA_TLS_CERTIFICATE, SOFIA_TLS_KEY, SOFIA_TLS_AUTHORITY };

/* Reads the files as the library will; `why` says what is wrong with the one that is named. */
enum sofia_tls_file sofia_check_tls(const struct sofia_tls *tls, char *why, size_t capacity);

/* Why a connection was shut down by us. */
enum sofia_shut {
    SOFIA_SHUT_STRANGER,  /* its address may not connect */
    SOFIA_SHUT_CROWD,     /* too many of its address, or in all */
    SOFIA_SHUT_SILENT,    /* it said no whole message in time */
    SOFIA_SHUT_STUCK,     /* it began a message and did not end it in time */
    SOFIA_SHUT_REFUSED    /* its message was broken or above a limit, and was refused */
};

/* What becomes of a request from an address; a connection is shut down unless its address is taken. */
enum sofia_admission {
    SOFIA_TAKEN,
    SOFIA_REFUSED,  /* whoever owns the stack refuses INVITEs; other requests get no answer */
    SOFIA_DROPPED   /* no answer */
};
