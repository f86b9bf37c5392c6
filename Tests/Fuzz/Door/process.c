/* The process: its network, and libFuzzer's part in it. */
#define _GNU_SOURCE  /* unshare */
#include "fuzz.h"

#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

bool fuzz_own_network(void) {
    if (unshare(CLONE_NEWNET) < 0 && unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0) return false;
    struct ifreq loopback = {.ifr_name = "lo"};
    int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (any < 0) return false;
    bool is_up = ioctl(any, SIOCGIFFLAGS, &loopback) == 0;
    loopback.ifr_flags |= IFF_UP;
    is_up = is_up && ioctl(any, SIOCSIFFLAGS, &loopback) == 0;
    close(any);
    return is_up;
}

/* Of libFuzzer, if it is linked. */
__attribute__((weak)) int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*take)(const uint8_t *, size_t));
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t capacity);

bool fuzz_drive(int argc, char **argv, int (*take)(const uint8_t *bytes, size_t size)) {
    if (!LLVMFuzzerRunDriver) return false;
    LLVMFuzzerRunDriver(&argc, &argv, take);
    return true;
}

size_t fuzz_change(uint8_t *bytes, size_t size, size_t capacity) {
    return LLVMFuzzerMutate ? LLVMFuzzerMutate(bytes, size, capacity) : 0;
}
