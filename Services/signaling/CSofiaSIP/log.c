/* The library's log: to the stack of the thread that writes it; what it says of garbage is counted. */
#include "stack.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sofia-sip/su_log.h>

extern su_log_t nta_log[];
extern su_log_t nua_log[];
extern su_log_t tport_log[];

enum { ERRORS_ONLY = 1, WITH_GARBAGE = 3, WITH_HANDSHAKES = 3 };

/*
 * What tport says of a handshake that failed is kept for the event of the request that fails by it. The causes come
 * before the summary, so a summary never replaces one.
 */
static bool is_of_handshake(struct sofia_stack *stack, char const *format, const char *line) {
    char *complaint = stack->tls_complaint;
    size_t room = sizeof stack->tls_complaint;
    if (strcmp(format, "  err %i:%s\n") == 0) return snprintf(complaint, room, "%s", strchr(line, ':') + 1), true;
    if (strstr(format, "Peer Subject Mismatch")) return snprintf(complaint, room, "certificate of another name"), true;
    if (strstr(format, "TLS setup failed")) {
        if (!complaint[0]) snprintf(complaint, room, "no TLS handshake");
        return true;
    }
    return strstr(format, "Error with certificate") || strstr(format, "  issuer ") || strstr(format, "  subject ")
        || strstr(format, "%08lx:");
}

/* What tport says at the level that we need for handshakes, and never said to us before. */
static bool is_chatter(char const *format) {
    return strncmp(format, "%s(%p): ", 8) == 0 || strncmp(format, "%s: recv", 8) == 0;
}

static void write_line(void *stream, char const *format, va_list arguments) {
    struct sofia_stack *stack = sofia_current;
    if (!stack) return;
    bool garbage = strstr(format, "received garbage") != NULL;
    if (garbage) stack->callbacks.fault(stack->callbacks.context, SOFIA_MALFORMED);
    char line[512];
    vsnprintf(line, sizeof line, format, arguments);
    line[strcspn(line, "\n")] = 0;
    if (is_of_handshake(stack, format, line) || is_chatter(format)) return;
    if (line[0] && !garbage) stack->callbacks.log(stack->callbacks.context, line);
}

static void open_once(void) {
    su_log_redirect(NULL, write_line, NULL);
    su_log_set_level(NULL, ERRORS_ONLY);
    su_log_set_level(nua_log, ERRORS_ONLY);
    su_log_set_level(tport_log, WITH_HANDSHAKES);
    /* At this level nta says when a datagram was no SIP message: nothing else of it tells. */
    su_log_set_level(nta_log, WITH_GARBAGE);
}

void sofia_log_open(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, open_once);
}
