#include <sofia-sip/su_wait.h>
