/*
 * Within a dialog: requests of ours; whose requests are taken; and session timers, which nua must not see.
 * nua runs a session timer of its own as soon as a message of ours says `timer`, with a refresh that has no body. Its
 * parser is made not to know Session-Expires and Min-SE: they stand among the unknown headers, where our own timer
 * reads them, and no interval is ever told to nua's.
 */
#include "stack.h"

#include <arpa/inet.h>
#include <string.h>

#include <sofia-sip/msg_addr.h>
#include <sofia-sip/msg_header.h>
#include <sofia-sip/nua_tag.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_extra.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_protos.h>
#include <sofia-sip/sip_tag.h>
#include <sofia-sip/sip_util.h>

/* Requests of ours */

static nua_handle_t *library(struct sofia_handle *handle) { return (nua_handle_t *)handle; }

void sofia_reinvite(struct sofia_handle *handle, const char *headers, const char *sdp) {
    nua_invite(
        library(handle), TAG_IF(headers, SIPTAG_HEADER_STR(headers)), SIPTAG_CONTENT_TYPE_STR("application/sdp"),
        SIPTAG_PAYLOAD_STR(sdp), TAG_END());
}

void sofia_update(struct sofia_handle *handle, const char *headers, const char *sdp) {
    nua_update(
        library(handle), TAG_IF(headers, SIPTAG_HEADER_STR(headers)),
        TAG_IF(sdp, SIPTAG_CONTENT_TYPE_STR("application/sdp")), TAG_IF(sdp, SIPTAG_PAYLOAD_STR(sdp)), TAG_END());
}

void sofia_options(struct sofia_handle *handle, const char *headers) {
    nua_options(library(handle), TAG_IF(headers, SIPTAG_HEADER_STR(headers)), TAG_END());
}

/* Without this a challenge within the dialog is a final answer: the agent repeats nothing (create_agent). */
void sofia_permit_repeats(struct sofia_handle *handle) {
    nua_set_hparams(library(handle), NUTAG_RETRY_COUNT(3), TAG_END());
}

/* Session timers */

static msg_hclass_t *hidden_class(void) {
    static struct msg_hclass_s hidden;
    hidden = *sip_subject_class;
    hidden.hc_name = "(hidden)";
    hidden.hc_len = (short)strlen(hidden.hc_name);
    return &hidden;
}

/* The slot stays, for others of the table may stand behind it; no line has this name. */
static void hide(msg_mclass_t *messages, msg_hclass_t *header) {
    for (int slot = 0; slot < messages->mc_hash_size; slot++) {
        if (messages->mc_hash[slot].hr_class == header) messages->mc_hash[slot].hr_class = hidden_class();
    }
    if (!header->hc_short[0] || !messages->mc_short) return;
    msg_href_t *short_forms = (msg_href_t *)messages->mc_short;  /* Our clone's own copy. */
    memset(&short_forms[header->hc_short[0] - 'a'], 0, sizeof *short_forms);
}

void sofia_hide_session_timers(msg_mclass_t *messages) {
    hide(messages, sip_session_expires_class);
    hide(messages, sip_min_se_class);
}

/* `Require: timer` is ours to serve: the library would answer 420. */
bool sofia_take_out_timer(msg_t *msg, sip_t *sip) {
    if (!sip->sip_request || !sip->sip_require || !sip->sip_require->k_items) return false;
    if (!sip_has_feature(sip->sip_require, "timer")) return false;
    if (msg_params_remove((char const **)sip->sip_require->k_items, "timer") <= 0) return false;
    if (!sip->sip_require->k_items[0]) sip_header_remove(msg, sip, (sip_header_t *)sip->sip_require);
    return true;
}

/* Strangers */

/* A request for a dialog from somewhere that is not that dialog's far side. */
static bool is_stranger(msg_t *msg, sip_t const *sip) {
    bool in_dialog = sip->sip_request && sip->sip_call_id
        && ((sip->sip_to && sip->sip_to->a_tag) || sip->sip_request->rq_method == sip_method_cancel);
    su_sockaddr_t const *from = in_dialog ? msg_addr(msg) : NULL;
    char address[INET_ADDRSTRLEN];
    if (!from || from->su_family != AF_INET || !su_inet_ntop(AF_INET, SU_ADDR(from), address, sizeof address)) {
        return false;
    }
    return sofia_current->callbacks.stranger(sofia_current->callbacks.context, sip->sip_call_id->i_id, address);
}

/* Matching no dialog, and no transaction, it is answered 481 by the library; the answer shows what was sent. */
bool sofia_turn_away_stranger(msg_t *msg, sip_t *sip) {
    if (!is_stranger(msg, sip)) return false;
    if (sip->sip_request->rq_method == sip_method_cancel) {
        if (sip->sip_via) sip->sip_via->v_branch = "z9hG4bK-stranger";
    } else {
        sip->sip_to->a_tag = "stranger";
    }
    return true;
}
