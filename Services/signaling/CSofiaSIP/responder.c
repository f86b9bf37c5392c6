/*
 * A responder of our own on a UDP port: answers each request with 200.
 * nua says BYE when the handle of a standing call is destroyed; a call that we let go says it here.
 */
#define _GNU_SOURCE  /* strcasestr */
#include "stack.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const copied[] = {"Via:", "v:", "From:", "f:", "To:", "t:", "Call-ID:", "i:", "CSeq:"};

static bool is_copied(const char *line) {
    for (size_t i = 0; i < sizeof copied / sizeof *copied; i++) {
        if (strncasecmp(line, copied[i], strlen(copied[i])) == 0) return true;
    }
    return false;
}

/* The 200 to a request of our own library, whose headers are one a line. */
static size_t answer(char *request, char *text, size_t capacity) {
    size_t used = (size_t)snprintf(text, capacity, "SIP/2.0 200 OK\r\n");
    char *rest = NULL;
    strtok_r(request, "\r\n", &rest);
    for (char *line; (line = strtok_r(NULL, "\r\n", &rest));) {
        size_t length = strlen(line);
        if (!is_copied(line) || used + length + 32 > capacity) continue;
        memcpy(text + used, line, length);
        memcpy(text + used + length, "\r\n", 2);
        used += length + 2;
    }
    return used + (size_t)snprintf(text + used, capacity - used, "Content-Length: 0\r\n\r\n");
}

/* Only our own library speaks here: what comes from elsewhere is a stranger's. */
static bool is_ours(const struct sofia_stack *stack, const struct sockaddr_in *from) {
    struct in_addr own;
    return inet_pton(AF_INET, stack->settings.address, &own) == 1 && from->sin_addr.s_addr == own.s_addr
        && ntohs(from->sin_port) == stack->settings.port;
}

static int readable(su_root_magic_t *root, su_wait_t *wait, su_wakeup_arg_t *argument) {
    struct sofia_stack *stack = (struct sofia_stack *)argument;
    char request[65536], reply[65536];
    struct sockaddr_in from;
    socklen_t size = sizeof from;
    ssize_t length = recvfrom(
        stack->responder, request, sizeof request - 1, MSG_DONTWAIT, (struct sockaddr *)&from, &size);
    if (length <= 0 || !is_ours(stack, &from)) return 0;
    request[length] = 0;
    bool answerable = strncmp(request, "SIP/2.0 ", 8) != 0 && strncmp(request, "ACK ", 4) != 0;
    if (!answerable) return 0;
    size_t used = answer(request, reply, sizeof reply);
    sendto(stack->responder, reply, used, MSG_DONTWAIT, (struct sockaddr *)&from, size);
    return 0;
}

bool sofia_responder_open(struct sofia_stack *stack) {
    struct sockaddr_in local = {.sin_family = AF_INET};
    socklen_t size = sizeof local;
    su_wait_t wait[1];
    if (inet_pton(AF_INET, stack->settings.address, &local.sin_addr) != 1) return false;
    stack->responder = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (stack->responder < 0 || bind(stack->responder, (struct sockaddr *)&local, sizeof local) < 0) return false;
    if (getsockname(stack->responder, (struct sockaddr *)&local, &size) < 0) return false;
    char host[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &local.sin_addr, host, sizeof host);
    snprintf(stack->responder_url, sizeof stack->responder_url, "sip:%s:%u", host, ntohs(local.sin_port));
    if (su_wait_create(wait, stack->responder, SU_WAIT_IN) < 0) return false;
    stack->responder_index = su_root_register(stack->root, wait, readable, (su_wakeup_arg_t *)stack, 0);
    return stack->responder_index >= 0;
}

void sofia_responder_close(struct sofia_stack *stack) {
    if (stack->responder_index >= 0) su_root_deregister(stack->root, stack->responder_index);
    if (stack->responder >= 0) close(stack->responder);
    stack->responder_index = stack->responder = -1;
}
