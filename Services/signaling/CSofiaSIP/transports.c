/*
 * The URLs of our transports, and TLS' files. The library wants certificate, key and authorities under fixed names in
 * one folder: it is made for the start, in memory, and gone when the library has read it.
 */
#define _GNU_SOURCE
#include "stack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

void sofia_transport_urls(const struct sofia_settings *settings, char first[64], char second[64]) {
    bool same = settings->tcp_port == settings->port;
    second[0] = 0;
    /* Without a transport the library opens UDP and TCP on one port. */
    snprintf(first, 64, "sip:%s:%u%s", settings->address, settings->port, same ? "" : ";transport=udp");
    if (settings->tls.port != 0) {
        snprintf(second, 64, "sips:%s:%u", settings->address, settings->tls.port);
    } else if (settings->tcp_port != 0 && !same) {
        snprintf(second, 64, "sip:%s:%u;transport=tcp", settings->address, settings->tcp_port);
    }
}

/* Checking */

static void explain(char *why, size_t capacity, const char *otherwise) {
    unsigned long error = ERR_get_error();
    const char *reason = error ? ERR_reason_error_string(error) : NULL;
    snprintf(why, capacity, "%s", reason ? reason : otherwise);
    ERR_clear_error();
}

static bool is_current(SSL_CTX *context, char *why, size_t capacity) {
    X509 *own = SSL_CTX_get0_certificate(context);
    if (own && X509_cmp_current_time(X509_get0_notAfter(own)) < 0) {
        return snprintf(why, capacity, "it has expired"), false;
    }
    if (own && X509_cmp_current_time(X509_get0_notBefore(own)) > 0) {
        return snprintf(why, capacity, "it is not valid yet"), false;
    }
    return true;
}

static enum sofia_tls_file check(SSL_CTX *context, const struct sofia_tls *tls, char *why, size_t capacity) {
    ERR_clear_error();
    if (SSL_CTX_use_certificate_file(context, tls->certificate, SSL_FILETYPE_PEM) != 1) {
        return explain(why, capacity, "no certificate"), SOFIA_TLS_CERTIFICATE;
    }
    if (!is_current(context, why, capacity)) return SOFIA_TLS_CERTIFICATE;
    if (SSL_CTX_use_PrivateKey_file(context, tls->key, SSL_FILETYPE_PEM) != 1) {
        return explain(why, capacity, "no key"), SOFIA_TLS_KEY;
    }
    if (SSL_CTX_check_private_key(context) != 1) {
        return explain(why, capacity, "it is not the certificate's key"), SOFIA_TLS_KEY;
    }
    if (SSL_CTX_load_verify_locations(context, tls->authority, NULL) != 1) {
        return explain(why, capacity, "no certificate of an authority"), SOFIA_TLS_AUTHORITY;
    }
    return SOFIA_TLS_SOUND;
}

enum sofia_tls_file sofia_check_tls(const struct sofia_tls *tls, char *why, size_t capacity) {
    SSL_CTX *context = SSL_CTX_new(TLS_method());
    if (!context) return explain(why, capacity, "no memory"), SOFIA_TLS_CERTIFICATE;
    enum sofia_tls_file wrong = check(context, tls, why, capacity);
    SSL_CTX_free(context);
    return wrong;
}

/* The folder */

static bool append(int to, const char *path) {
    char bytes[4096];
    ssize_t count = -1;
    int from = open(path, O_RDONLY | O_CLOEXEC);
    if (from < 0) return false;
    while ((count = read(from, bytes, sizeof bytes)) > 0 && write(to, bytes, (size_t)count) == count) {}
    close(from);
    return count == 0 && write(to, "\n", 1) == 1;
}

static bool write_file(const char *folder, const char *name, const char *first, const char *second) {
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) return false;
    bool written = append(file, first) && (!second || append(file, second));
    return close(file) == 0 && written;
}

bool sofia_tls_folder_make(const struct sofia_tls *tls, char folder[64]) {
    folder[0] = 0;
    if (tls->port == 0) return true;
    const char *places[] = {"/dev/shm/rufbus-sip-XXXXXX", "/tmp/rufbus-sip-XXXXXX"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(folder, 64, "%s", places[i]);
        if (!mkdtemp(folder)) continue;
        if (write_file(folder, "agent.pem", tls->certificate, tls->key)
            && write_file(folder, "cafile.pem", tls->authority, NULL)) return true;
        sofia_tls_folder_remove(folder);
    }
    folder[0] = 0;
    return false;
}

void sofia_tls_folder_remove(const char *folder) {
    if (!folder[0]) return;
    char path[128];
    snprintf(path, sizeof path, "%s/agent.pem", folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/cafile.pem", folder);
    unlink(path);
    rmdir(folder);
}
