/*
 * A look at each message before the library takes it: sizes, Contact, Record-Route.
 * The library asks its message class to take the body once all headers are read; ours looks first. What it marks as
 * too large or broken, nta refuses (413, 400) or, if it is an ACK or a response, drops.
 * A Contact that is no SIP URI is taken out, so that it never becomes a dialog's target, and the message is marked.
 */
#include "stack.h"

#include <arpa/inet.h>
#include <string.h>

#include <sofia-sip/msg_addr.h>
#include <sofia-sip/msg_header.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>
#include <sofia-sip/sip_protos.h>
#include <sofia-sip/sip_util.h>

__thread struct sofia_stack *sofia_current;

static const enum sofia_fault marks[] = {
    SOFIA_SOUND, SOFIA_MALFORMED, SOFIA_HEADER_TOO_LARGE, SOFIA_BODY_TOO_LARGE, SOFIA_BAD_CONTACT, SOFIA_BAD_ROUTE,
    SOFIA_NOT_SERVED, SOFIA_STRANGER,
};
static const enum sofia_fault timer_mark = SOFIA_SOUND;

static void mark(sip_t *sip, enum sofia_fault fault) { sip->sip_user = (void *)&marks[fault]; }

enum sofia_fault sofia_fault_of(sip_t const *sip) {
    if (!sip || !sip->sip_user) return SOFIA_SOUND;
    return *(const enum sofia_fault *)sip->sip_user;
}

bool sofia_requires_timer(sip_t const *sip) { return sip->sip_user == &timer_mark; }

static bool is_sip(url_t const *url) {
    return (url->url_type == url_sip || url->url_type == url_sips) && url->url_host && url->url_host[0];
}

static bool is_method(sip_t const *sip, sip_method_t method) {
    return sip->sip_cseq && sip->sip_cseq->cs_method == method;
}

/* Whether the message makes or moves a dialog, so that its Contact matters (RFC 3261 §12.1, RFC 3311 §5). */
static bool sets_target(sip_t const *sip) {
    if (sip->sip_status && sip->sip_status->st_status >= 300) return false;
    return is_method(sip, sip_method_invite) || is_method(sip, sip_method_update);
}

/* An INVITE that opens a dialog and the 2xx to one must have a Contact (RFC 3261 §8.1.1.8, §12.1.1). */
static bool needs_contact(sip_t const *sip) {
    if (!is_method(sip, sip_method_invite)) return false;
    if (sip->sip_status) return sip->sip_status->st_status >= 200 && sip->sip_status->st_status < 300;
    return !sip->sip_to || !sip->sip_to->a_tag;
}

/* A 3xx says where else to call: no dialog's target, and it may well be a tel: URI (RFC 3261 §21.3, §19.1.6). */
static bool is_redirection(sip_t const *sip) {
    return sip->sip_status && sip->sip_status->st_status >= 300 && sip->sip_status->st_status < 400;
}

static void check_contact(msg_t *msg, sip_t *sip) {
    if (is_redirection(sip)) return;
    bool bad = !sip->sip_contact && needs_contact(sip);
    for (sip_contact_t const *contact = sip->sip_contact; contact; contact = contact->m_next) {
        if (!is_sip(contact->m_url)) bad = true;
    }
    if (!bad) return;
    while (sip->sip_contact) sip_header_remove(msg, sip, (sip_header_t *)sip->sip_contact);
    if (!sets_target(sip)) return;
    mark(sip, SOFIA_BAD_CONTACT);
    sofia_current->callbacks.fault(sofia_current->callbacks.context, SOFIA_BAD_CONTACT);
}

static void check_route(msg_t *msg, sip_t *sip) {
    bool bad = false;
    for (sip_record_route_t const *route = sip->sip_record_route; route; route = route->r_next) {
        if (!is_sip(route->r_url)) bad = true;
    }
    if (!bad) return;
    while (sip->sip_record_route) sip_header_remove(msg, sip, (sip_header_t *)sip->sip_record_route);
    mark(sip, SOFIA_BAD_ROUTE);
    sofia_current->callbacks.fault(sofia_current->callbacks.context, SOFIA_MALFORMED);
}

/* We serve calls and OPTIONS; the library answers the rest. */
static void count_unserved(sip_t const *sip) {
    if (!sip->sip_request) return;
    bool in_dialog = sip->sip_to && sip->sip_to->a_tag;
    switch (sip->sip_request->rq_method) {
    case sip_method_invite: case sip_method_ack: case sip_method_cancel: case sip_method_options: return;
    case sip_method_bye: case sip_method_prack: case sip_method_update: if (in_dialog) return;  /* fall through */
    default: sofia_current->callbacks.fault(sofia_current->callbacks.context, SOFIA_NOT_SERVED);
    }
}

/* A request that is not to be answered becomes an ACK of nothing, which nobody answers (RFC 3261 §17.1.1.3). */
static bool is_turned_away(msg_t *msg, sip_t *sip) {
    su_sockaddr_t const *from = msg_addr(msg);
    char address[INET_ADDRSTRLEN];
    if (!sip->sip_request || !from || from->su_family != AF_INET) return false;
    if (!su_inet_ntop(AF_INET, SU_ADDR(from), address, sizeof address)) return false;
    const char *call_id = sip->sip_call_id ? sip->sip_call_id->i_id : "";
    const struct sofia_callbacks *callbacks = &sofia_current->callbacks;
    enum sofia_admission admission = callbacks->admission(callbacks->context, address, call_id);
    if (admission == SOFIA_TAKEN) return false;
    if (admission == SOFIA_REFUSED && sip->sip_request->rq_method == sip_method_invite) return false;
    sip->sip_request->rq_method = sip_method_ack;
    return true;
}

/*
 * The library compares branches from their eighth character on, whether there are as many or not, and reads memory of
 * others. A shorter one, which is no RFC 3261's, gets something there that is no branch; what answers copy stays.
 */
static void pad_short_branch(msg_t *msg, sip_t *sip) {
    enum { COOKIE = sizeof "z9hG4bK" - 1 };
    sip_via_t *via = sip->sip_via;
    if (!sip->sip_request || !via || !via->v_branch || strlen(via->v_branch) >= COOKIE) return;
    char *padded = su_zalloc(msg_home(msg), COOKIE + 2);
    if (!padded) return;
    padded[COOKIE] = '\1';
    via->v_branch = strcpy(padded, via->v_branch);
}

/*
 * What a message is asked that the library may take, also one that we count as malformed: a header that is broken, but
 * that the library does not need, keeps it from nothing. A stranger's is not looked at further.
 */
static void check(msg_t *msg, sip_t *sip) {
    pad_short_branch(msg, sip);
    if (is_turned_away(msg, sip)) {
        return sofia_current->callbacks.fault(sofia_current->callbacks.context, SOFIA_UNADMITTED);
    }
    if (sofia_turn_away_stranger(msg, sip)) {
        return sofia_current->callbacks.fault(sofia_current->callbacks.context, SOFIA_STRANGER);
    }
    if (sofia_take_out_timer(msg, sip)) sip->sip_user = (void *)&timer_mark;
    check_contact(msg, sip);
    check_route(msg, sip);
    if (!is_redirection(sip)) sofia_never_look_up(msg, sip);
    count_unserved(sip);
}

/*
 * A datagram that ends before its body does (RFC 3261 §18.3) is among it, and a message on a stream that does not say
 * how long its body is (§18.3, §20.14).
 */
static bool is_refused_by_library(sip_t *sip, size_t left, bool whole) {
    if (!whole && !sip->sip_content_length) return true;
    if (whole && sip->sip_content_length && sip->sip_content_length->l_length > left) return true;
    return (sip->sip_flags & MSG_FLG_ERROR) || sip->sip_error || sip_sanity_check(sip) < 0;
}

/* The body's size: Content-Length if the datagram has that much, else all that is left of it; a stream's as it says. */
static size_t body_size(sip_t const *sip, size_t left, bool whole) {
    if (!whole) return sip->sip_content_length ? sip->sip_content_length->l_length : 0;
    return sip->sip_content_length && sip->sip_content_length->l_length < left ? sip->sip_content_length->l_length
                                                                               : left;
}

static enum sofia_fault look(msg_t *msg, sip_t *sip, size_t left, bool whole) {
    const struct sofia_settings *limits = &sofia_current->settings;
    if (msg_size(msg) > limits->largest_header) return SOFIA_HEADER_TOO_LARGE;
    if (body_size(sip, left, whole) > limits->largest_body) return SOFIA_BODY_TOO_LARGE;
    return is_refused_by_library(sip, left, whole) ? SOFIA_MALFORMED : SOFIA_SOUND;
}

/* With 413, or with 400 as what is broken, or not at all. */
static void mark_large(sip_t *sip, enum sofia_fault fault) {
    bool takes_answer = sip->sip_request && sip->sip_request->rq_method != sip_method_ack;
    sip->sip_flags |= fault == SOFIA_BODY_TOO_LARGE && takes_answer ? MSG_FLG_TOOLARGE : MSG_FLG_ERROR;
}

/* Whoever may not speak hears nothing of it. */
static void refuse_large(msg_t *msg, sip_t *sip, enum sofia_fault fault) {
    if (is_turned_away(msg, sip)) {
        sofia_current->callbacks.fault(sofia_current->callbacks.context, SOFIA_UNADMITTED);
    }
    mark_large(sip, fault);
}

/* No more of the stream is read. */
static issize_t stop_reading(sip_t *sip, enum sofia_fault fault) {
    if (fault == SOFIA_BODY_TOO_LARGE) mark_large(sip, fault);
    sip->sip_flags |= MSG_FLG_ERROR;
    return -1;
}

static issize_t extract_body(msg_t *msg, msg_pub_t *pub, char bytes[], isize_t size, int end) {
    sip_t *sip = (sip_t *)pub;
    bool first = !(sip->sip_flags & MSG_FLG_BODY);  /* Called twice: for the empty line, then for the body. */
    bool half_line = !end && size == 1 && bytes[0] == '\r';
    if (first && !half_line && sofia_current) {
        size_t empty_line = size >= 2 && bytes[0] == '\r' && bytes[1] == '\n' ? 2 : size >= 1 ? 1 : 0;
        bool whole = end != 0;  /* A datagram; of a stream more is to come. */
        sofia_show_start_line(sip);
        enum sofia_fault fault = look(msg, sip, size - empty_line, whole);
        if (!whole) sofia_connection_spoke(sofia_current, msg, fault != SOFIA_SOUND);
        if (fault != SOFIA_SOUND) sofia_current->callbacks.fault(sofia_current->callbacks.context, fault);
        if (!whole && fault != SOFIA_SOUND) return stop_reading(sip, fault);
        if (fault == SOFIA_HEADER_TOO_LARGE || fault == SOFIA_BODY_TOO_LARGE) refuse_large(msg, sip, fault);
        else check(msg, sip);
    }
    return sip_extract_body(msg, sip, bytes, size, end);
}

msg_mclass_t *sofia_watched_messages(void) {
    msg_mclass_t *watched = msg_mclass_clone(sip_default_mclass(), 0, 0);
    if (!watched) return NULL;
    watched->mc_extract_body = extract_body;
    sofia_hide_session_timers(watched);
    sofia_hide_start_lines(watched);
    return watched;
}
