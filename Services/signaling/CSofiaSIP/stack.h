/* What the parts of this door share. */
#pragma once

#include "sofia.h"

#define NUA_MAGIC_T struct sofia_stack
#include <sofia-sip/su_wait.h>
#include <sofia-sip/nua.h>
#include <sofia-sip/msg_mclass.h>

struct sofia_stack {
    struct sofia_settings settings;
    struct sofia_callbacks callbacks;
    su_root_t *root;
    nua_t *nua;
    msg_mclass_t *messages;  /* the library's, with our look at each message */
    int wakeup;              /* eventfd */
    int wakeup_index;
    int responder;           /* UDP socket */
    int responder_index;
    char responder_url[48];
};

/* The stack of this thread: the library's parser and log know no context. */
extern __thread struct sofia_stack *sofia_current;

/* A message class of SIP that looks at each message between its headers and its body. */
msg_mclass_t *sofia_watched_messages(void);
enum sofia_fault sofia_fault_of(sip_t const *sip);
/* Sets what an event has of its message; `msg` may be null. */
void sofia_read_message(struct sofia_event *event, sip_t const *sip, msg_t *msg);

/* A UDP socket that answers every request with 200: what is let go says BYE to it. */
bool sofia_responder_open(struct sofia_stack *stack);
void sofia_responder_close(struct sofia_stack *stack);

void sofia_log_open(void);
