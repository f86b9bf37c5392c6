/*
 * Start lines. The library calls our look at a message when it reads the empty line behind the headers; a datagram that
 * ends without one, and a stream that is closed there, it takes all the same. So until our look a request is an ACK of
 * nothing and a response is of no version that the library knows: it drops both.
 */
#include "stack.h"

#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_parser.h>
#include <sofia-sip/sip_protos.h>

static const char unseen[] = "SIP/unseen";

static issize_t parse_request(su_home_t *home, msg_header_t *header, char *text, isize_t size) {
    issize_t result = sip_request_class->hc_parse(home, header, text, size);
    if (result >= 0) ((sip_request_t *)header)->rq_method = sip_method_ack;
    return result;
}

static issize_t parse_status(su_home_t *home, msg_header_t *header, char *text, isize_t size) {
    issize_t result = sip_status_class->hc_parse(home, header, text, size);
    sip_status_t *status = (sip_status_t *)header;
    if (result >= 0 && status->st_version == sip_version_2_0) status->st_version = unseen;
    return result;
}

void sofia_hide_start_lines(msg_mclass_t *messages) {
    static struct msg_hclass_s request, status;
    request = *sip_request_class;
    request.hc_parse = parse_request;
    status = *sip_status_class;
    status.hc_parse = parse_status;
    messages->mc_request[0].hr_class = &request;
    messages->mc_status[0].hr_class = &status;
}

void sofia_show_start_line(sip_t *sip) {
    if (sip->sip_request) sip->sip_request->rq_method = sip_method_code(sip->sip_request->rq_method_name);
    if (sip->sip_status && sip->sip_status->st_version == unseen) sip->sip_status->st_version = sip_version_2_0;
}
