/*
 * A door to sofia-sip's user agent `nua` for Swift: its calls are variadic, its messages die with the callback.
 * One agent a thread; every function but sofia_wake is for the thread that called sofia_start.
 * Handles know their owner by an integer id, never by a pointer.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "outside.h"
#include "transports.h"

struct sofia_stack;
/* A dialog's handle; nua_handle_t of the library. */
struct sofia_handle;
struct sofia_timer;

enum sofia_kind {
    SOFIA_INVITE,         /* INVITE or re-INVITE received */
    SOFIA_CANCEL,         /* CANCEL received, answered with 200 and the INVITE with 487 */
    SOFIA_ACK,            /* ACK to a 2xx of ours received */
    SOFIA_INVITE_ANSWER,  /* answer to an INVITE of ours */
    SOFIA_BYE,            /* BYE received and answered */
    SOFIA_BYE_ANSWER,     /* answer to a BYE of ours, or its time is over */
    SOFIA_CANCEL_ANSWER,  /* answer to a CANCEL of ours */
    SOFIA_UPDATE,         /* UPDATE received, to be answered */
    SOFIA_PRACK,          /* PRACK received and answered */
    SOFIA_PRACK_ANSWER,   /* answer to a PRACK of the library's own */
    SOFIA_UPDATE_ANSWER,  /* answer to an UPDATE of ours */
    SOFIA_OPTIONS_ANSWER, /* answer to an OPTIONS of ours */
    SOFIA_METHOD_ANSWER,  /* answer to a REGISTER of ours */
    SOFIA_STATE,          /* call_state has changed */
    SOFIA_ERROR,          /* the library could not do what was asked, or no ACK came */
    SOFIA_REQUEST,        /* another request, answered by the library; a handle was made for it */
    SOFIA_SHUTDOWN        /* the library has ended what it had to end */
};

/* What is wrong with a message that the library would have taken. */
enum sofia_fault {
    SOFIA_SOUND,
    SOFIA_MALFORMED,         /* refused with 400 or dropped */
    SOFIA_HEADER_TOO_LARGE,  /* refused with 400 or dropped */
    SOFIA_BODY_TOO_LARGE,    /* refused with 413 or dropped */
    SOFIA_BAD_CONTACT,       /* Contact is neither sip: nor sips:, or is missing in INVITE or its 2xx; taken out */
    SOFIA_BAD_ROUTE,         /* Record-Route is neither sip: nor sips:; taken out */
    SOFIA_NOT_SERVED,        /* a method that we do not serve; answered 405, 481 or 501 */
    SOFIA_UNADMITTED,        /* a request from an address that no trunk allows; dropped */
    SOFIA_STRANGER           /* a request for a dialog from an address that is not its far side's; 481 or dropped */
};

/* States of a call as nua has them (enum nua_callstate). */
enum { SOFIA_STATE_TERMINATED = 10 };

struct sofia_event {
    enum sofia_kind kind;
    int64_t id;                   /* of the handle; 0 if it is new */
    struct sofia_handle *handle;  /* null for SOFIA_SHUTDOWN */
    int status;
    const char *phrase;
    bool has_message;             /* false when the library speaks by itself, for example 408 for silence */
    enum sofia_fault fault;       /* SOFIA_BAD_CONTACT, SOFIA_BAD_ROUTE or SOFIA_SOUND */
    bool requires_timer;          /* Require had `timer` (RFC 4028), which is taken out */
    const char *method;           /* of CSeq; null without a message */
    bool has_body;
    const char *content_type;     /* null if none */
    const char *body;
    size_t body_size;
    int call_state;
    int max_forwards;             /* -1 if none */
    const void *message;          /* for sofia_header, during the callback */
};

/* Called on the thread of the stack; none of the pointers outlives the call. */
struct sofia_callbacks {
    void *context;
    void (*event)(void *context, const struct sofia_event *event);
    void (*woken)(void *context);
    void (*fired)(void *context, int64_t timer);
    void (*fault)(void *context, enum sofia_fault fault);
    /* Whether a request for the dialogs of this Call-ID comes from somebody else than their far sides. */
    bool (*stranger)(void *context, const char *call_id, const char *address);
    void (*log)(void *context, const char *line);
    /* Whether this address may connect by TCP or TLS (no Call-ID), or send this request. */
    enum sofia_admission (*admission)(void *context, const char *address, const char *call_id);
    /* A connection was shut down by us. */
    void (*shut)(void *context, enum sofia_shut why);
};

struct sofia_settings {
    const char *address;      /* IPv4 literal */
    uint16_t port;
    const char *user_agent;
    size_t largest_header;    /* bytes of the start line and all headers */
    size_t largest_body;      /* bytes */
    uint16_t tcp_port;        /* 0: no TCP */
    struct sofia_tls tls;
};

enum sofia_start_error { SOFIA_STARTED, SOFIA_NO_RESOURCES, SOFIA_CANNOT_BIND };

enum sofia_start_error sofia_start(
    const struct sofia_settings *settings, const struct sofia_callbacks *callbacks, struct sofia_stack **stack);
/* Runs until sofia_leave. */
void sofia_run(struct sofia_stack *stack);
/* Calls `woken` on the stack's thread soon. From any thread, while the stack exists. */
void sofia_wake(struct sofia_stack *stack);
/* Hangs up all; SOFIA_SHUTDOWN with a status of 200 or more is its end. */
void sofia_shutdown(struct sofia_stack *stack);
void sofia_leave(struct sofia_stack *stack);
/* After sofia_run. `finished`: the end of the shutdown was seen; without it the agent's memory stays. */
void sofia_destroy_stack(struct sofia_stack *stack, bool finished);

struct sofia_timer *sofia_timer_start(struct sofia_stack *stack, int64_t id, long milliseconds);
void sofia_timer_destroy(struct sofia_timer *timer);

struct sofia_invitation {
    const char *url;
    const char *to;
    const char *from;
    const char *max_forwards;
    const char *headers;   /* further header lines, each ended by CR LF; may be null */
    const char *sdp;
    const char *contact;   /* null: the library's own */
    const char *proxy;     /* where all requests of the dialog go; null: by URL, routes and the far side's Contact */
};

/* Null if the library has no memory or cannot read the URL. */
struct sofia_handle *sofia_invite(
    struct sofia_stack *stack, int64_t id, const struct sofia_invitation *invitation);
void sofia_bind(struct sofia_handle *handle, int64_t id);
void sofia_ack(struct sofia_handle *handle, const char *headers, const char *sdp);
void sofia_reinvite(struct sofia_handle *handle, const char *headers, const char *sdp);
/* Null SDP: no offer. */
void sofia_update(struct sofia_handle *handle, const char *headers, const char *sdp);
void sofia_options(struct sofia_handle *handle, const char *headers);
/* Requests of ours may go again with the answer to a challenge. */
void sofia_permit_repeats(struct sofia_handle *handle);
void sofia_cancel(struct sofia_handle *handle, const char *headers);
void sofia_bye(struct sofia_handle *handle, const char *headers);
/* Answers the handle's INVITE; with `current` the request whose event is being handled. Null phrase: the usual one. */
void sofia_respond(
    struct sofia_stack *stack, struct sofia_handle *handle, bool current, int status, const char *phrase,
    const char *headers, const char *sdp);
/* The handle is gone after this; a call that stands is sent BYE. */
void sofia_destroy(struct sofia_handle *handle);
/* The same, but the BYE goes to a responder of our own and the far side sees nothing. */
void sofia_let_go(struct sofia_stack *stack, struct sofia_handle *handle);

/*
 * Copies the text of the index-th header line of that name (full name, without the colon) of an event's message.
 * "Request-URI" gives the Request-URI. Returns its length without the closing zero, which may be more than
 * `capacity` allowed; -1 if there is no such line.
 */
long sofia_header(const void *message, const char *name, int index, char *text, size_t capacity);
/* Where the datagram of the event that is being handled came from. */
bool sofia_source(struct sofia_stack *stack, char *address, size_t capacity, uint16_t *port);
/* The usual phrase of a status. */
const char *sofia_phrase(int status);
