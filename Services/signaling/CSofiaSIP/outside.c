/* Requests outside of any call, and digests (RFC 3261 §22). */
#include "stack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sofia-sip/auth_digest.h>
#include <sofia-sip/msg_header.h>
#include <sofia-sip/nua_tag.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_tag.h>

/* nua_register would keep registrations, their refreshes and their Contacts by itself: the trunk's keeper does. */
struct sofia_handle *sofia_ask(struct sofia_stack *stack, int64_t id, const struct sofia_outside *request) {
    nua_handle_t *handle = nua_handle(
        stack->nua, (nua_hmagic_t *)(intptr_t)id, NUTAG_URL(request->url), SIPTAG_TO_STR(request->to),
        SIPTAG_FROM_STR(request->from), TAG_END());
    if (!handle) return NULL;
    if (request->proxy) nua_set_hparams(handle, NUTAG_PROXY(request->proxy), TAG_END());
    if (strcmp(request->method, "OPTIONS") == 0) {
        nua_options(handle, TAG_IF(request->headers, SIPTAG_HEADER_STR(request->headers)), TAG_END());
    } else {
        nua_method(
            handle, NUTAG_METHOD(request->method), TAG_IF(request->contact, SIPTAG_CONTACT_STR(request->contact)),
            TAG_IF(request->headers, SIPTAG_HEADER_STR(request->headers)),
            TAG_END());
    }
    return (struct sofia_handle *)handle;
}

static bool is_answerable(const msg_auth_t *challenge) {
    if (strcasecmp(challenge->au_scheme, "Digest") != 0) return false;
    const char *algorithm = msg_header_find_param(challenge->au_common, "algorithm=");
    return !algorithm || strcasecmp(algorithm, "MD5") == 0 || strcasecmp(algorithm, "MD5-sess") == 0
        || strcasecmp(algorithm, "\"MD5\"") == 0;
}

static bool copy_realm(const msg_auth_t *challenge, char *realm, size_t capacity) {
    for (; challenge; challenge = challenge->au_next) {
        const char *value = is_answerable(challenge) ? msg_header_find_param(challenge->au_common, "realm=") : NULL;
        if (!value) continue;
        size_t length = strlen(value);
        bool quoted = length >= 2 && value[0] == '"';
        snprintf(realm, capacity, "%.*s", (int)(quoted ? length - 2 : length), value + (quoted ? 1 : 0));
        return true;
    }
    return false;
}

bool sofia_challenge(const void *message, char *realm, size_t capacity) {
    sip_t const *sip = message;
    if (!sip) return false;
    return copy_realm(sip->sip_www_authenticate, realm, capacity)
        || copy_realm(sip->sip_proxy_authenticate, realm, capacity);
}

void sofia_authenticate(struct sofia_handle *handle, const char *realm, const char *user, const char *password) {
    size_t size = strlen(realm) + strlen(user) + strlen(password) + 16;
    char *credentials = malloc(size);
    if (!credentials) return;
    /* Else it would not repeat a request at all; what else it would repeat is switched off for all handles. */
    nua_set_hparams((nua_handle_t *)handle, NUTAG_RETRY_COUNT(3), TAG_END());
    snprintf(credentials, size, "Digest:\"%s\":%s:%s", realm, user, password);
    nua_authenticate((nua_handle_t *)handle, NUTAG_AUTH(credentials), TAG_END());
    memset(credentials, 0, size);
    free(credentials);
}

void sofia_route(struct sofia_handle *handle, const char *proxy) {
    nua_set_hparams((nua_handle_t *)handle, NUTAG_PROXY(proxy), TAG_END());
}
