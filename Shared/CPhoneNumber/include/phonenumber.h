/* A C door to libphonenumber (C++). Both functions may be called from any thread. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Reads a number as dialled in `region` (ISO 3166 alpha-2, "DE"); `+…` is read as international.
   Writes E.164 with `+` and a NUL (at most 17 bytes) to `e164`.
   Returns whether it is a valid number: one that its country's numbering plan has. */
bool phonenumber_read(const char *text, const char *region, char *e164, size_t capacity);

/* Whether exactly these digits are an emergency number in `region`. */
bool phonenumber_is_emergency(const char *digits, const char *region);

/* Whether libphonenumber knows the region. */
bool phonenumber_knows_region(const char *region);

#ifdef __cplusplus
}
#endif
