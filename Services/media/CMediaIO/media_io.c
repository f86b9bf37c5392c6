#include "media_io.h"
