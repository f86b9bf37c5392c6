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

/* tport says at 3 why a handshake failed, at 5 with whom. */
enum { ERRORS_ONLY = 1, WITH_GARBAGE = 3, WITH_HANDSHAKES = 5 };

/* What tport says at the level that we need for handshakes, and never said to us before. */
static bool is_chatter(char const *format) {
    return strncmp(format, "%s(%p): ", 8) == 0 || strncmp(format, "%s: recv", 8) == 0;
}

static void write_line(void *stream, char const *format, va_list arguments) {
    struct sofia_stack *stack = sofia_current;
    if (!stack) return;
    bool garbage = strstr(format, "received garbage") != NULL;
    if (garbage) stack->callbacks.fault(stack->callbacks.context, SOFIA_MALFORMED);
    if (sofia_hear_handshake(stack, format, arguments) || is_chatter(format)) return;
    char line[512];
    vsnprintf(line, sizeof line, format, arguments);
    line[strcspn(line, "\n")] = 0;
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
