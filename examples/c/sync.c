/*
 * The whole job from C: sign in, compare, sync, and show what changed.
 *
 *     cc -std=c11 -Iinclude examples/c/sync.c -Ltarget/debug -lm365photo -Wl,-rpath,target/debug -o sync
 *     ./sync environment.json
 *
 * The environment file says where the services are and who signs in (docs/abi.md); the practice tenant writes one.
 * Ctrl+C stops cleanly: people whose pictures are half written are finished first.
 * The exit code is 0 when the jobs ran to their end, 1 after an error, 130 after Ctrl+C.
 */
#include "m365photo.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

static volatile sig_atomic_t interrupted = 0;

static void interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

/* A piece of JSON. The library writes it without spaces, which keeps this short; a larger program uses a JSON library. */
typedef struct json {
    const char *at;
    int length;
} json;

static json json_of(const uint8_t *data, uint32_t length)
{
    json text = {(const char *)data, (int)length};
    return text;
}

/* How long the first value of a text is: up to a comma, or to the bracket that closes what the value is in. */
static int value_length(json text)
{
    int depth = 0, quoted = 0, i;
    for (i = 0; i < text.length; i++) {
        char c = text.at[i];
        if (c == '"')
            quoted = !quoted;
        else if (quoted)
            i += c == '\\';
        else if (depth == 0 && (c == ',' || c == '}' || c == ']'))
            break;
        else
            depth += (c == '{' || c == '[') - (c == '}' || c == ']');
    }
    return i;
}

/* Takes the first value from the inside of an array or object, with the comma or bracket after it. */
static json take_value(json *inside)
{
    json value = {inside->at, value_length(*inside)};
    inside->at += value.length + 1;
    inside->length -= value.length + 1;
    return value;
}

static json inside_of(json value)
{
    json inside = {value.at + 1, value.length - 1};
    return inside;
}

/* The value of an object's field, a string without its quotes; empty when there is none. */
static json field(json object, const char *name)
{
    const int name_length = (int)strlen(name);
    json fields = inside_of(object), none = {"", 0};
    while (fields.length > 1) {
        json value = take_value(&fields); /* "name":value */
        if (value.length > name_length + 3 && memcmp(value.at + 1, name, strlen(name)) == 0 && value.at[name_length + 1] == '"') {
            int quotes = value.at[name_length + 3] == '"';
            value.at += name_length + 3 + quotes;
            value.length -= name_length + 3 + 2 * quotes;
            return value;
        }
    }
    return none;
}

/* Tells what went wrong and what to do next, and frees the error. Gives the status back, so that callers can end with it. */
static int32_t complain(const char *what, int32_t status, m365photo_error *error)
{
    const uint8_t *data = (const uint8_t *)"{}";
    uint32_t length = 2;
    json message, advice;
    m365photo_error_data(error, &data, &length);
    message = field(json_of(data, length), "message");
    advice = field(json_of(data, length), "advice");
    fprintf(stderr, "%s: %.*s (%d)\n  %.*s\n", what, message.length, message.at, (int)status, advice.length, advice.at);
    m365photo_error_free(error);
    return status;
}

static void print_record(json record)
{
    json who = field(record, "identity"), state = field(record, "state");
    json result = field(record, "result"), reason = field(record, "reason");
    printf("%-36.*s  %-12.*s  %-9.*s  %.*s\n", who.length, who.at, state.length, state.at, result.length, result.at,
           reason.length, reason.at);
}

/* Takes the records that are ready, prints them if asked to, and says how many there were. */
static int take_records(m365photo_job *job, int print)
{
    const uint8_t *data = (const uint8_t *)"[]";
    uint32_t length = 2;
    m365photo_buffer *buffer = NULL;
    json records;
    int count = 0;
    m365photo_job_next(job, 100, &buffer, NULL);
    m365photo_buffer_data(buffer, &data, &length, NULL);
    for (records = inside_of(json_of(data, length)); records.length > 1; count++) {
        json record = take_value(&records);
        if (print)
            print_record(record);
    }
    m365photo_buffer_free(buffer);
    return count;
}

typedef int32_t start_function(const m365photo_session *session, const uint8_t *request, uint32_t length, m365photo_job **job,
                               m365photo_error **error);

/* Starts a job, follows it to its end and shows its summary. */
static int32_t work(const char *what, const m365photo_session *session, start_function *start, const char *request, int print)
{
    const uint8_t *data = NULL;
    uint32_t length = 0;
    m365photo_progress progress;
    m365photo_job *job = NULL;
    m365photo_buffer *summary = NULL;
    m365photo_error *error = NULL;

    int32_t status = start(session, (const uint8_t *)request, (uint32_t)strlen(request), &job, &error);
    progress.struct_size = sizeof progress;
    while (status == M365PHOTO_OK) {
        status = m365photo_job_wait(job, 200, &progress, &error);
        if (take_records(job, print) == 0 && progress.state != M365PHOTO_JOB_RUNNING)
            break;
        if (interrupted)
            m365photo_job_cancel(job, NULL);
    }
    if (status == M365PHOTO_OK)
        status = m365photo_job_result(job, &summary, &error);
    if (status == M365PHOTO_OK)
        status = m365photo_buffer_data(summary, &data, &length, &error);
    if (status == M365PHOTO_OK)
        printf("%s: %.*s\n", what, (int)length, (const char *)data);
    else
        complain(what, status, error);
    m365photo_buffer_free(summary);
    m365photo_job_free(job);
    return status;
}

static int32_t run(const char *config)
{
    static const char everybody[] = "{\"all\":true}";
    m365photo_session *session = NULL;
    m365photo_error *error = NULL;

    int32_t status = m365photo_session_new((const uint8_t *)config, (uint32_t)strlen(config), &session, &error);
    if (status != M365PHOTO_OK)
        return complain("session", status, error);
    status = work("connect", session, m365photo_connect_start, "", 0);
    if (status == M365PHOTO_OK)
        status = work("compare", session, m365photo_compare_start, everybody, 0);
    if (status == M365PHOTO_OK)
        status = work("sync", session, m365photo_sync_start, everybody, 1);
    m365photo_session_free(session);
    return status;
}

int main(int argc, char **argv)
{
    char config[4096] = "{\"environmentFile\":\"";
    size_t end = strlen(config);
    const char *path;
    int32_t status;

    if (argc != 2 || strlen(argv[1]) > 2000 || m365photo_abi_version() >> 16 != M365PHOTO_ABI_MAJOR) {
        fprintf(stderr, "usage: sync ENVIRONMENT-FILE (with ABI %d of the library)\n", M365PHOTO_ABI_MAJOR);
        return 1;
    }
    for (path = argv[1]; *path != '\0'; path++) {
        if (*path == '"' || *path == '\\')
            config[end++] = '\\';
        config[end++] = *path;
    }
    memcpy(config + end, "\"}", sizeof "\"}");

    signal(SIGINT, interrupt);
    status = run(config);
    return status == M365PHOTO_OK ? 0 : status == M365PHOTO_CANCELLED ? 130 : 1;
}
