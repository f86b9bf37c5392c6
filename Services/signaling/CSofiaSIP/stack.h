/* What the parts of this door share. */
#pragma once

#include "sofia.h"

#define NUA_MAGIC_T struct sofia_stack
#include <sofia-sip/su_wait.h>
#include <sofia-sip/nua.h>
#include <sofia-sip/msg_mclass.h>

#include <netinet/in.h>
#include <stdarg.h>

struct handshake {
    struct sockaddr_in far;
    int64_t at;              /* sofia_now_ms */
    enum sofia_handshake what;
    char words[96];
};

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
    struct connection *connections;  /* TCP and TLS, as the watch knows them */
    int connection_count;
    struct sockaddr_in dialled[64];  /* where we have connected to */
    size_t dialled_count;
    su_timer_t *sweep;
    struct handshake handshakes[32]; /* that failed, by the far sides that we dialled */
    struct handshake failing;        /* what is said before its far side is */
    int64_t handshake_told;
};

/* The stack of this thread: the library's parser and log know no context. */
extern __thread struct sofia_stack *sofia_current;

/* A message class of SIP that looks at each message between its headers and its body. */
msg_mclass_t *sofia_watched_messages(void);
enum sofia_fault sofia_fault_of(sip_t const *sip);
/* Until our look at it, a message's start line says nothing that the library takes. */
void sofia_hide_start_lines(msg_mclass_t *messages);
void sofia_show_start_line(sip_t *sip);
bool sofia_requires_timer(sip_t const *sip);

/* So that nua never learns of an interval. */
void sofia_hide_session_timers(msg_mclass_t *messages);
/* Takes `timer` out of a request's Require; says whether it was there. */
bool sofia_take_out_timer(msg_t *msg, sip_t *sip);
/* Contact and Record-Route lead to an address. */
void sofia_never_look_up(msg_t *msg, sip_t *sip);
/* Makes a request for a dialog that comes from somewhere else match none. */
bool sofia_turn_away_stranger(msg_t *msg, sip_t *sip);
/* Sets what an event has of its message; `msg` may be null. */
void sofia_read_message(struct sofia_event *event, sip_t const *sip, msg_t *msg);

/* A UDP socket that answers every request with 200: what is let go says BYE to it. */
bool sofia_responder_open(struct sofia_stack *stack);
void sofia_responder_close(struct sofia_stack *stack);

void sofia_log_open(void);
/* Whether a line of tport's log is about a TLS handshake. */
bool sofia_hear_handshake(struct sofia_stack *stack, const char *format, va_list arguments);

/* NUTAG_URL and, if not empty, NUTAG_SIPS_URL. */
void sofia_transport_urls(const struct sofia_settings *settings, char first[64], char second[64]);
/* The folder that the library reads TLS' files from; empty without TLS. */
bool sofia_tls_folder_make(const struct sofia_tls *tls, char folder[64]);
void sofia_tls_folder_remove(const char *folder);

bool sofia_watch_connections(struct sofia_stack *stack);
void sofia_unwatch_connections(struct sofia_stack *stack);
/* Milliseconds since the machine began. */
int64_t sofia_now_ms(void);
/* Whether we have connected to there. */
bool sofia_is_dialled(const struct sofia_stack *stack, const struct sockaddr_in *far);
/* A whole message has come over a connection; `refused`: it will be answered, and the connection ends. */
void sofia_connection_spoke(struct sofia_stack *stack, msg_t *msg, bool refused);
