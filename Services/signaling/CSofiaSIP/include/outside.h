/* Requests of ours outside of any call: OPTIONS and REGISTER; and answers to challenges, also within calls. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sofia_stack;
struct sofia_handle;

struct sofia_outside {
    const char *method;    /* OPTIONS or REGISTER */
    const char *url;       /* Request-URI */
    const char *to;
    const char *from;
    const char *proxy;     /* where it goes; null: by the URL */
    const char *contact;   /* with its expiry; null: none of ours */
    const char *headers;   /* each line ended by CR LF; may be null */
};

/* Null if the library has no memory or cannot read the URL. Its answers are events of `id`; then destroy the handle. */
struct sofia_handle *sofia_ask(struct sofia_stack *stack, int64_t id, const struct sofia_outside *request);

/*
 * Whether the 401 or 407 of an event can be answered: copies the realm of its first Digest challenge with MD5, which is
 * all that the library knows (RFC 3261 §22.4).
 */
bool sofia_challenge(const void *message, char *realm, size_t capacity);
/* Answers the challenge that the handle's request waits with: the same request leaves again. */
void sofia_authenticate(struct sofia_handle *handle, const char *realm, const char *user, const char *password);

/* All later requests of this handle go there, whatever its URIs say. */
void sofia_route(struct sofia_handle *handle, const char *proxy);
