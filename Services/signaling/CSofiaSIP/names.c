/*
 * No name is ever looked up. Where a far side wants to be spoken to it may name by a host that it alone can resolve;
 * the library would ask for it in the middle of its loop, and without a server that answers never come back: no call
 * would be served any more. A Contact or Record-Route with a name gets the address that its message came from as maddr,
 * which overrides the host (RFC 3261 §19.1.1): requests go there, and the URI still shows its name.
 */
#include "stack.h"

#include <arpa/inet.h>

#include <sofia-sip/msg_addr.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/url.h>

static bool is_address(char const *host) {
    struct in_addr address;
    return host && inet_pton(AF_INET, host, &address) == 1;
}

/* Whether a request to it would need a look-up. */
static bool leads_to_name(url_t const *url) {
    char address[INET_ADDRSTRLEN];
    if (!url_has_param(url, "maddr")) return !is_address(url->url_host);
    isize_t size = url_param(url->url_params, "maddr", address, sizeof address);
    return size == 0 || size > sizeof address || !is_address(address);
}

static void lead_to(su_home_t *home, url_t *url, char const *parameter) {
    if (!leads_to_name(url)) return;
    if (url->url_params) {
        char *others = url_strip_param_string(su_strdup(home, url->url_params), "maddr");
        url->url_params = others && others[0] ? others : NULL;
    }
    url_param_add(home, url, parameter);
}

void sofia_never_look_up(msg_t *msg, sip_t *sip) {
    char parameter[sizeof "maddr=" + INET_ADDRSTRLEN] = "maddr=";
    su_sockaddr_t const *from = msg_addr(msg);
    if (!from || from->su_family != AF_INET) return;
    if (!su_inet_ntop(AF_INET, SU_ADDR(from), parameter + sizeof "maddr=" - 1, INET_ADDRSTRLEN)) return;
    for (sip_contact_t *contact = sip->sip_contact; contact; contact = contact->m_next) {
        lead_to(msg_home(msg), contact->m_url, parameter);
    }
    for (sip_record_route_t *route = sip->sip_record_route; route; route = route->r_next) {
        lead_to(msg_home(msg), route->r_url, parameter);
    }
}
