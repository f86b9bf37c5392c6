#define _GNU_SOURCE
#include "media_io.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_in socket_address(uint32_t address, uint16_t port) {
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(port)};
    name.sin_addr.s_addr = htonl(address);
    return name;
}

int media_receive(int fd, uint8_t *buffer, struct media_arrival *arrivals, int capacity) {
    struct mmsghdr messages[MEDIA_BURST];
    struct iovec rooms[MEDIA_BURST];
    struct sockaddr_in names[MEDIA_BURST];
    if (capacity > MEDIA_BURST) capacity = MEDIA_BURST;
    for (int i = 0; i < capacity; i++) {
        rooms[i] = (struct iovec){buffer + (size_t)i * MEDIA_PACKET_ROOM, MEDIA_PACKET_ROOM};
        messages[i].msg_hdr = (struct msghdr){
            .msg_name = &names[i], .msg_namelen = sizeof names[i], .msg_iov = &rooms[i], .msg_iovlen = 1};
    }
    int count = recvmmsg(fd, messages, capacity, MSG_DONTWAIT, NULL);
    if (count < 0) return -errno;
    for (int i = 0; i < count; i++) {
        int is_whole = !(messages[i].msg_hdr.msg_flags & MSG_TRUNC);
        arrivals[i] = (struct media_arrival){
            ntohl(names[i].sin_addr.s_addr), ntohs(names[i].sin_port), is_whole ? messages[i].msg_len : 0};
    }
    return count;
}

int media_send(int fd, const uint8_t *bytes, int count, uint32_t address, uint16_t port) {
    struct sockaddr_in name = socket_address(address, port);
    ssize_t sent = sendto(fd, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&name, sizeof name);
    return sent < 0 ? -errno : 0;
}

int media_wait(int epoll, uint32_t *tokens, int capacity) {
    struct epoll_event ready[MEDIA_READY];
    int count = epoll_wait(epoll, ready, capacity < MEDIA_READY ? capacity : MEDIA_READY, -1);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int i = 0; i < count; i++) tokens[i] = ready[i].data.u32;
    return count;
}

int64_t media_take(int fd) {
    uint64_t value = 0;
    return read(fd, &value, sizeof value) == sizeof value ? (int64_t)value : 0;
}

void media_ring(int fd) {
    uint64_t one = 1;
    /* Fails only if the counter is full; then the other side has enough to wake up for. */
    if (write(fd, &one, sizeof one) < 0) return;
}

int64_t media_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int media_epoll(void) {
    int fd = epoll_create1(EPOLL_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int media_epoll_add(int epoll, int fd, uint32_t token) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = token};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

void media_epoll_remove(int epoll, int fd) { epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL); }

int media_event(void) {
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

int media_timer(int64_t interval_ns) {
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (fd < 0) return -errno;
    int64_t first = media_clock() + interval_ns;
    struct itimerspec when = {
        .it_value = {first / 1000000000, first % 1000000000},
        .it_interval = {interval_ns / 1000000000, interval_ns % 1000000000}};
    if (timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL) == 0) return fd;
    int code = errno;
    close(fd);
    return -code;
}

int64_t media_await(int fd, int limit_ms) {
    struct pollfd wanted = {.fd = fd, .events = POLLIN};
    poll(&wanted, 1, limit_ms);
    return media_take(fd);
}

int media_socket(uint32_t address, uint16_t port) {
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -errno;
    int expedited = 46 << 2;
    setsockopt(fd, IPPROTO_IP, IP_TOS, &expedited, sizeof expedited);
    struct sockaddr_in name = socket_address(address, port);
    if (bind(fd, (struct sockaddr *)&name, sizeof name) == 0) return fd;
    int code = errno;
    close(fd);
    return -code;
}

void media_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

void media_error_text(int code, char *text, int room) {
    const char *words = strerrordesc_np(code);
    snprintf(text, room, "%s", words ? words : "unknown error");
}
