/* For builds with the thread sanitizer only. Synchronization.Mutex is a futex: what is inlined into our code the
   sanitizer sees, but a thread that has to wait is put to sleep and woken by the standard library and the kernel, which
   are not instrumented. These stand before the library's three functions, and say what order they make. */

#include <dlfcn.h>
#include <stdint.h>

#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context))

void __tsan_acquire(void *address);
void __tsan_release(void *address);

typedef SWIFT void lock_slow(uint32_t thread, SELF void *mutex);
typedef SWIFT _Bool try_lock_slow(SELF void *mutex);
typedef SWIFT void unlock_slow(SELF void *mutex);

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

SWIFT void rufbus_lock(uint32_t thread, SELF void *mutex) __asm__(LOCK);
SWIFT _Bool rufbus_try_lock(SELF void *mutex) __asm__(TRY_LOCK);
SWIFT void rufbus_unlock(SELF void *mutex) __asm__(UNLOCK);

SWIFT void rufbus_lock(uint32_t thread, SELF void *mutex) {
  ((lock_slow *)dlsym(RTLD_NEXT, LOCK))(thread, mutex);
  __tsan_acquire(mutex);
}

SWIFT _Bool rufbus_try_lock(SELF void *mutex) {
  _Bool taken = ((try_lock_slow *)dlsym(RTLD_NEXT, TRY_LOCK))(mutex);
  if (taken) __tsan_acquire(mutex);
  return taken;
}

SWIFT void rufbus_unlock(SELF void *mutex) {
  __tsan_release(mutex);
  ((unlock_slow *)dlsym(RTLD_NEXT, UNLOCK))(mutex);
}
