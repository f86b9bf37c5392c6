#include "sofia.h"
