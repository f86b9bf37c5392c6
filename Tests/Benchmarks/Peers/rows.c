/* libpq as its own documentation uses it: one prepared INSERT of many rows. */
#include "peers.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>

#define COLUMNS 9
#define NAMES "month, source, id, type, seat, call, epoch, sequence, body"

struct peer_rows {
    PGconn *connection;
    PGresult *rows;
};

static int is_done(PGresult *result) {
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK) fprintf(stderr, "%s", PQresultErrorMessage(result));
    PQclear(result);
    return status == PGRES_COMMAND_OK;
}

struct peer_rows *peer_rows_open(const char *url, int limit) {
    char question[200];
    struct peer_rows *rows = calloc(1, sizeof *rows);
    rows->connection = PQconnectdb(url);
    snprintf(
        question, sizeof question, "SELECT " NAMES " FROM events WHERE call IS NOT NULL ORDER BY stored_at LIMIT %d",
        limit);
    if (PQstatus(rows->connection) == CONNECTION_OK)
        rows->rows = PQexecParams(rows->connection, question, 0, NULL, NULL, NULL, NULL, 1);
    if (PQresultStatus(rows->rows) == PGRES_TUPLES_OK) return rows;
    fprintf(stderr, "%s", PQerrorMessage(rows->connection));
    peer_rows_close(rows);
    return NULL;
}

void peer_rows_close(struct peer_rows *rows) {
    PQclear(rows->rows);
    PQfinish(rows->connection);
    free(rows);
}

/* INSERT … VALUES ($1, … $9), … for `count` rows. */
static int prepare(struct peer_rows *rows, const char *name, int count) {
    char *text = malloc(200 + (size_t)count * COLUMNS * 8), *end = text;
    end += sprintf(end, "INSERT INTO peer_events (" NAMES ") VALUES ");
    for (int i = 0; i < count * COLUMNS; i++)
        end += sprintf(
            end, "%s$%d%s", i % COLUMNS == 0 ? (i == 0 ? "(" : ", (") : ", ", i + 1,
            i % COLUMNS == COLUMNS - 1 ? ")" : "");
    sprintf(end, " ON CONFLICT DO NOTHING");
    int fine = is_done(PQprepare(rows->connection, name, text, 0, NULL));
    free(text);
    return fine;
}

static int insert(struct peer_rows *rows, const char *name, int from, int count) {
    int total = count * COLUMNS;
    const char **values = calloc(total, sizeof *values);
    int *lengths = calloc(total, sizeof *lengths), *formats = calloc(total, sizeof *formats);
    for (int i = 0; i < total; i++) {
        int row = from + i / COLUMNS, column = i % COLUMNS;
        values[i] = PQgetisnull(rows->rows, row, column) ? NULL : PQgetvalue(rows->rows, row, column);
        lengths[i] = PQgetlength(rows->rows, row, column);
        formats[i] = 1;
    }
    int fine = is_done(PQexecPrepared(rows->connection, name, total, values, lengths, formats, 0));
    free(values);
    free(lengths);
    free(formats);
    return fine;
}

int peer_rows_insert(struct peer_rows *rows, int batch) {
    int count = PQntuples(rows->rows);
    if (!is_done(PQexec(rows->connection, "SET client_min_messages = error")) ||
        !is_done(PQexec(rows->connection, "DROP TABLE IF EXISTS peer_events")) ||
        !is_done(PQexec(rows->connection, "CREATE TABLE peer_events (LIKE events INCLUDING ALL)")) ||
        !prepare(rows, "batch", batch) || (count % batch != 0 && !prepare(rows, "rest", count % batch)))
        return -1;
    for (int from = 0; from < count; from += batch) {
        int more = count - from < batch ? count - from : batch;
        if (!insert(rows, more == batch ? "batch" : "rest", from, more)) return -1;
    }
    is_done(PQexec(rows->connection, "DEALLOCATE ALL"));
    return count;
}
