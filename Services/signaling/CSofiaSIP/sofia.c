/* The agent: start, loop, end; commands; events. */
#include "stack.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <sofia-sip/msg_addr.h>
#include <sofia-sip/nta_stateless.h>
#include <sofia-sip/nta_tag.h>
#include <sofia-sip/nua_tag.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_protos.h>
#include <sofia-sip/sip_status.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/sip_util.h>
#include <sofia-sip/su_tag.h>
#include <sofia-sip/tport.h>
#include <sofia-sip/tport_tag.h>

static nua_handle_t *library(struct sofia_handle *handle) { return (nua_handle_t *)handle; }

/* Events */

static int kind_of(nua_event_t event) {
    switch (event) {
    case nua_i_invite: return SOFIA_INVITE;
    case nua_i_cancel: return SOFIA_CANCEL;
    case nua_i_ack: return SOFIA_ACK;
    case nua_r_invite: return SOFIA_INVITE_ANSWER;
    case nua_i_bye: return SOFIA_BYE;
    case nua_r_bye: return SOFIA_BYE_ANSWER;
    case nua_r_cancel: return SOFIA_CANCEL_ANSWER;
    case nua_i_update: return SOFIA_UPDATE;
    case nua_i_prack: return SOFIA_PRACK;
    case nua_r_prack: return SOFIA_PRACK_ANSWER;
    case nua_r_update: return SOFIA_UPDATE_ANSWER;
    case nua_r_options: return SOFIA_OPTIONS_ANSWER;
    case nua_r_method: return SOFIA_METHOD_ANSWER;
    case nua_i_state: return SOFIA_STATE;
    case nua_i_error: return SOFIA_ERROR;
    case nua_r_shutdown: return SOFIA_SHUTDOWN;
    case nua_i_options: case nua_i_message: case nua_i_info: case nua_i_refer: case nua_i_publish:
    case nua_i_register: case nua_i_subscribe: case nua_i_notify: case nua_i_method: return SOFIA_REQUEST;
    default: return -1;
    }
}

void sofia_read_message(struct sofia_event *event, sip_t const *sip, msg_t *msg) {
    event->has_message = !msg || !nta_msg_is_internal(msg);
    event->fault = sofia_fault_of(sip);
    event->requires_timer = sofia_requires_timer(sip);
    event->message = sip;
    event->method = sip->sip_cseq ? sip->sip_cseq->cs_method_name : NULL;
    event->content_type = sip->sip_content_type ? sip->sip_content_type->c_type : NULL;
    if (sip->sip_payload) event->body = sip->sip_payload->pl_data, event->body_size = sip->sip_payload->pl_len;
    event->has_body = event->body_size > 0;
    if (sip->sip_max_forwards) event->max_forwards = (int)sip->sip_max_forwards->mf_count;
}

static void take(
    nua_event_t what, int status, char const *phrase, nua_t *nua, nua_magic_t *stack, nua_handle_t *handle,
    nua_hmagic_t *magic, sip_t const *sip, tagi_t tags[]) {
    int kind = kind_of(what);
    if (kind < 0) return;
    struct sofia_event event = {
        .kind = kind, .id = (int64_t)(intptr_t)magic, .handle = (struct sofia_handle *)handle, .status = status,
        .phrase = phrase ? phrase : "", .max_forwards = -1,
    };
    if (sip) sofia_read_message(&event, sip, nua_current_request(nua));
    if (what == nua_i_state) tl_gets(tags, NUTAG_CALLSTATE_REF(event.call_state), TAG_END());
    stack->callbacks.event(stack->callbacks.context, &event);
}

/* Life */

static int woken(su_root_magic_t *root, su_wait_t *wait, su_wakeup_arg_t *argument) {
    struct sofia_stack *stack = (struct sofia_stack *)argument;
    uint64_t count;
    if (read(stack->wakeup, &count, sizeof count) < 0 && errno != EAGAIN) return 0;
    stack->callbacks.woken(stack->callbacks.context);
    return 0;
}

static bool open_wakeup(struct sofia_stack *stack) {
    su_wait_t wait[1];
    stack->wakeup = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (stack->wakeup < 0 || su_wait_create(wait, stack->wakeup, SU_WAIT_IN) < 0) return false;
    stack->wakeup_index = su_root_register(stack->root, wait, woken, (su_wakeup_arg_t *)stack, 0);
    return stack->wakeup_index >= 0;
}

/*
 * What nua would do by itself is off: media, ACK, alerting, answers, session timers (with `timer` in Supported it runs
 * them whatever the tags say), repeated INVITEs after 503, redirects, other servers, a change to TCP.
 */
static nua_t *create_agent(struct sofia_stack *stack, const char *tls_folder) {
    char url[64], other[64];
    const struct sofia_settings *settings = &stack->settings;
    sofia_transport_urls(settings, url, other);
    unsigned policy = TPTLS_VERIFY_SUBJECTS_OUT | (settings->tls.asks_clients ? TPTLS_VERIFY_IN : 0);
    return nua_create(
        stack->root, take, stack, NUTAG_URL(url), TAG_IF(other[0], NUTAG_SIPS_URL(other)),
        TAG_IF(tls_folder[0], NUTAG_CERTIFICATE_DIR(tls_folder)), TPTAG_TLS_VERIFY_POLICY(policy),
        TPTAG_TIMEOUT(30000), NTATAG_MAXSIZE(256 * 1024), NTATAG_MCLASS(stack->messages),
        SIPTAG_USER_AGENT_STR(settings->user_agent), NUTAG_M_USERNAME("rufbus"), SIPTAG_SUPPORTED_STR("100rel"),
        SIPTAG_ALLOW_STR("INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE"), NUTAG_APPL_METHOD("UPDATE"),
        NUTAG_MEDIA_ENABLE(0), NUTAG_AUTOACK(0), NUTAG_AUTOALERT(0), NUTAG_AUTOANSWER(0),
        NUTAG_SESSION_TIMER(0), NUTAG_SESSION_REFRESHER(nua_no_refresher), NUTAG_MAX_RETRY_AFTER(0),
        NUTAG_RETRY_COUNT(0), NUTAG_AUTO302(0), NUTAG_AUTO305(0), NUTAG_INVITE_TIMER(180), NUTAG_OUTBOUND("no-natify"),
        NUTAG_DETECT_NETWORK_UPDATES(NUA_NW_DETECT_NOTHING), NTATAG_GRAYLIST(0), NTATAG_PASS_100(1),
        NTATAG_UDP_MTU(65535), NTATAG_USE_NAPTR(0), NTATAG_USE_SRV(0), TAG_END());
}

static void release(struct sofia_stack *stack) {
    sofia_unwatch_connections(stack);
    sofia_responder_close(stack);
    if (stack->wakeup_index >= 0) su_root_deregister(stack->root, stack->wakeup_index);
    if (stack->wakeup >= 0) close(stack->wakeup);
    if (stack->root) su_root_destroy(stack->root);
    free((void *)stack->settings.address);
    free((void *)stack->settings.user_agent);
    su_free(NULL, stack->messages);
    free(stack);
    su_deinit();
    sofia_current = NULL;
}

static struct sofia_stack *allocate(
    const struct sofia_settings *settings, const struct sofia_callbacks *callbacks) {
    struct sofia_stack *stack = calloc(1, sizeof *stack);
    if (!stack) return NULL;
    stack->settings = *settings;
    stack->settings.address = strdup(settings->address);
    stack->settings.user_agent = strdup(settings->user_agent);
    stack->callbacks = *callbacks;
    stack->wakeup = stack->wakeup_index = stack->responder = stack->responder_index = -1;
    return stack;
}

enum sofia_start_error sofia_start(
    const struct sofia_settings *settings, const struct sofia_callbacks *callbacks, struct sofia_stack **result) {
    struct sofia_stack *stack = allocate(settings, callbacks);
    if (!stack || su_init() < 0) return SOFIA_NO_RESOURCES;
    sofia_current = stack;
    sofia_log_open();
    stack->messages = sofia_watched_messages();
    stack->root = su_root_create(NULL);
    if (stack->root) su_root_threading(stack->root, 0);  /* nua's own side runs on this thread, too. */
    if (!stack->root || !stack->messages || !open_wakeup(stack)) return release(stack), SOFIA_NO_RESOURCES;
    if (!sofia_responder_open(stack)) return release(stack), SOFIA_CANNOT_BIND;
    char tls_folder[64];
    if (!sofia_tls_folder_make(&stack->settings.tls, tls_folder)) return release(stack), SOFIA_NO_RESOURCES;
    stack->nua = create_agent(stack, tls_folder);
    sofia_tls_folder_remove(tls_folder);
    if (!stack->nua) return release(stack), SOFIA_CANNOT_BIND;
    if (!sofia_watch_connections(stack)) return release(stack), SOFIA_NO_RESOURCES;
    *result = stack;
    return SOFIA_STARTED;
}

void sofia_run(struct sofia_stack *stack) { su_root_run(stack->root); }

void sofia_wake(struct sofia_stack *stack) {
    uint64_t one = 1;
    ssize_t written = write(stack->wakeup, &one, sizeof one);  /* Full: then it wakes anyway. */
    (void)written;
}

void sofia_shutdown(struct sofia_stack *stack) { nua_shutdown(stack->nua); }

void sofia_leave(struct sofia_stack *stack) { su_root_break(stack->root); }

void sofia_destroy_stack(struct sofia_stack *stack, bool finished) {
    if (finished) {
        nua_destroy(stack->nua);
        release(stack);
    } else {
        sofia_current = NULL;
    }
}

/* Timers */

struct sofia_timer {
    su_timer_t *timer;
    struct sofia_stack *stack;
    int64_t id;
};

static void fired(su_root_magic_t *root, su_timer_t *timer, su_timer_arg_t *argument) {
    struct sofia_timer *own = (struct sofia_timer *)argument;
    own->stack->callbacks.fired(own->stack->callbacks.context, own->id);
}

struct sofia_timer *sofia_timer_start(struct sofia_stack *stack, int64_t id, long milliseconds) {
    struct sofia_timer *own = calloc(1, sizeof *own);
    if (!own) return NULL;
    own->stack = stack;
    own->id = id;
    own->timer = su_timer_create(su_root_task(stack->root), milliseconds);
    if (own->timer && su_timer_set_interval(own->timer, fired, (su_timer_arg_t *)own, milliseconds) == 0) return own;
    sofia_timer_destroy(own);
    return NULL;
}

void sofia_timer_destroy(struct sofia_timer *own) {
    if (own->timer) su_timer_destroy(own->timer);
    free(own);
}

/* Commands */

struct sofia_handle *sofia_invite(
    struct sofia_stack *stack, int64_t id, const struct sofia_invitation *invitation) {
    nua_handle_t *handle = nua_handle(
        stack->nua, (nua_hmagic_t *)(intptr_t)id, NUTAG_URL(invitation->url), SIPTAG_TO_STR(invitation->to),
        SIPTAG_FROM_STR(invitation->from), TAG_END());
    if (!handle) return NULL;
    if (invitation->proxy) nua_set_hparams(handle, NUTAG_PROXY(invitation->proxy), TAG_END());
    nua_invite(
        handle, SIPTAG_MAX_FORWARDS_STR(invitation->max_forwards),
        TAG_IF(invitation->contact, SIPTAG_CONTACT_STR(invitation->contact)),
        TAG_IF(invitation->headers, SIPTAG_HEADER_STR(invitation->headers)),
        SIPTAG_CONTENT_TYPE_STR("application/sdp"), SIPTAG_PAYLOAD_STR(invitation->sdp), TAG_END());
    return (struct sofia_handle *)handle;
}

void sofia_bind(struct sofia_handle *handle, int64_t id) {
    nua_handle_bind(library(handle), (nua_hmagic_t *)(intptr_t)id);
}

void sofia_ack(struct sofia_handle *handle, const char *headers, const char *sdp) {
    nua_ack(
        library(handle), TAG_IF(headers, SIPTAG_HEADER_STR(headers)),
        TAG_IF(sdp, SIPTAG_CONTENT_TYPE_STR("application/sdp")), TAG_IF(sdp, SIPTAG_PAYLOAD_STR(sdp)), TAG_END());
}

void sofia_cancel(struct sofia_handle *handle, const char *headers) {
    nua_cancel(library(handle), TAG_IF(headers, SIPTAG_HEADER_STR(headers)), TAG_END());
}

void sofia_bye(struct sofia_handle *handle, const char *headers) {
    nua_bye(library(handle), TAG_IF(headers, SIPTAG_HEADER_STR(headers)), TAG_END());
}

void sofia_respond(
    struct sofia_stack *stack, struct sofia_handle *handle, bool current, int status, const char *phrase,
    const char *headers, const char *sdp) {
    nua_respond(
        library(handle), status, phrase ? phrase : sofia_phrase(status),
        TAG_IF(current, NUTAG_WITH_THIS(stack->nua)), TAG_IF(headers, SIPTAG_HEADER_STR(headers)),
        TAG_IF(sdp, SIPTAG_CONTENT_TYPE_STR("application/sdp")), TAG_IF(sdp, SIPTAG_PAYLOAD_STR(sdp)), TAG_END());
}

void sofia_destroy(struct sofia_handle *handle) { nua_handle_destroy(library(handle)); }

void sofia_let_go(struct sofia_stack *stack, struct sofia_handle *handle) {
    nua_set_hparams(library(handle), NUTAG_PROXY(stack->responder_url), TAG_END());
    nua_handle_destroy(library(handle));
}

/* Reading messages */

static long copy(const char *value, char *text, size_t capacity) {
    if (!value) return -1;
    size_t length = strlen(value);
    if (capacity > 0) {
        size_t kept = length < capacity - 1 ? length : capacity - 1;
        memcpy(text, value, kept);
        text[kept] = 0;
    }
    return (long)length;
}

/* By hand: sip_header_as_string gives memory that nobody wrote when the text just fits, or is 128 bytes or more. */
static char *header_text(su_home_t *home, sip_header_t const *header) {
    issize_t size = 512, length;
    for (char *text = su_zalloc(home, size); text; text = su_zalloc(home, size)) {
        length = sip_header_field_e(text, size, header, 0);
        if (length < 0) return NULL;
        if (length + 2 <= size) return text;  /* The library wants a byte to spare to write at all. */
        size = length + 2;
    }
    return NULL;
}

static long copy_header(sip_header_t const *header, int index, char *text, size_t capacity) {
    while (header && index > 0) header = header->sh_next, index--;
    if (!header) return -1;
    su_home_t home[1] = {SU_HOME_INIT(home)};
    long length = copy(header_text(home, header), text, capacity);
    su_home_deinit(home);
    return length;
}

static long copy_request_uri(sip_t const *sip, char *text, size_t capacity) {
    if (!sip->sip_request) return -1;
    su_home_t home[1] = {SU_HOME_INIT(home)};
    long length = copy(url_as_string(home, sip->sip_request->rq_url), text, capacity);
    su_home_deinit(home);
    return length;
}

static sip_header_t const *known(sip_t const *sip, const char *name) {
    if (strcasecmp(name, "Via") == 0) return (sip_header_t const *)sip->sip_via;
    if (strcasecmp(name, "Expires") == 0) return (sip_header_t const *)sip->sip_expires;
    if (strcasecmp(name, "Min-Expires") == 0) return (sip_header_t const *)sip->sip_min_expires;
    if (strcasecmp(name, "Retry-After") == 0) return (sip_header_t const *)sip->sip_retry_after;
    if (strcasecmp(name, "From") == 0) return (sip_header_t const *)sip->sip_from;
    if (strcasecmp(name, "To") == 0) return (sip_header_t const *)sip->sip_to;
    if (strcasecmp(name, "Call-ID") == 0) return (sip_header_t const *)sip->sip_call_id;
    if (strcasecmp(name, "Reason") == 0) return (sip_header_t const *)sip->sip_reason;
    if (strcasecmp(name, "Privacy") == 0) return (sip_header_t const *)sip->sip_privacy;
    if (strcasecmp(name, "Replaces") == 0) return (sip_header_t const *)sip->sip_replaces;
    if (strcasecmp(name, "Supported") == 0) return (sip_header_t const *)sip->sip_supported;
    if (strcasecmp(name, "Require") == 0) return (sip_header_t const *)sip->sip_require;
    if (strcasecmp(name, "Allow") == 0) return (sip_header_t const *)sip->sip_allow;
    if (strcasecmp(name, "Contact") == 0) return (sip_header_t const *)sip->sip_contact;
    if (strcasecmp(name, "Record-Route") == 0) return (sip_header_t const *)sip->sip_record_route;
    if (strcasecmp(name, "RSeq") == 0) return (sip_header_t const *)sip->sip_rseq;
    return NULL;
}

long sofia_header(const void *message, const char *name, int index, char *text, size_t capacity) {
    sip_t const *sip = message;
    if (strcmp(name, "Request-URI") == 0) return index > 0 ? -1 : copy_request_uri(sip, text, capacity);
    sip_header_t const *header = known(sip, name);
    if (header) return copy_header(header, index, text, capacity);
    for (sip_unknown_t const *unknown = sip->sip_unknown; unknown; unknown = unknown->un_next) {
        if (!unknown->un_name || strcasecmp(unknown->un_name, name) != 0) continue;
        if (index-- == 0) return copy(unknown->un_value, text, capacity);
    }
    return -1;
}

bool sofia_source(struct sofia_stack *stack, char *address, size_t capacity, uint16_t *port) {
    msg_t *request = nua_current_request(stack->nua);
    if (!request) return false;
    su_sockaddr_t const *from = msg_addr(request);
    if (!from || from->su_family != AF_INET) return false;
    *port = ntohs(from->su_port);
    return su_inet_ntop(AF_INET, SU_ADDR(from), address, capacity) != NULL;
}

const char *sofia_phrase(int status) {
    const char *phrase = sip_status_phrase(status);
    return phrase ? phrase : "Refused";
}
