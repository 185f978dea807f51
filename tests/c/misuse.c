/*
 * What a caller can do wrong, and the answer that each mistake gets. Run it with the path of an environment file whose hosts take
 * connections and never answer.
 */
#include "m365photo.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

static int mistakes_missed = 0;

static void check(int line, const char *what, int right)
{
    if (!right) {
        printf("misuse.c:%d: %s\n", line, what);
        mistakes_missed++;
    }
}

#define TRUE(condition) check(__LINE__, #condition, condition)
#define GIVES(status, call) check(__LINE__, #call " must give " #status, (call) == M365PHOTO_##status)

#define TEXT(literal) (const uint8_t *)(literal), (uint32_t)(sizeof(literal) - 1)

/* Each function that takes a handle, on handles that it must not follow. */
static void refuse_handles(m365photo_session *session, m365photo_job *job, m365photo_buffer *buffer, m365photo_error *error)
{
    m365photo_job *new_job = NULL;
    m365photo_buffer *new_buffer = NULL;
    m365photo_progress progress;
    const uint8_t *data = NULL;
    uint32_t length = 0;
    progress.struct_size = sizeof progress;

    GIVES(INVALID_HANDLE, m365photo_session_set_credential(session, M365PHOTO_CREDENTIAL_CLIENT_SECRET, TEXT("s"), NULL, 0, NULL));
    GIVES(INVALID_HANDLE, m365photo_connect_start(session, NULL, 0, &new_job, NULL));
    GIVES(INVALID_HANDLE, m365photo_fetch_start(session, TEXT("{\"all\":true}"), &new_job, NULL));
    GIVES(INVALID_HANDLE, m365photo_compare_start(session, TEXT("{\"all\":true}"), &new_job, NULL));
    GIVES(INVALID_HANDLE, m365photo_sync_start(session, TEXT("{\"all\":true}"), &new_job, NULL));
    GIVES(INVALID_HANDLE, m365photo_session_context(session, &new_buffer, NULL));
    GIVES(INVALID_HANDLE, m365photo_session_runs(session, &new_buffer, NULL));
    GIVES(INVALID_HANDLE, m365photo_job_wait(job, 0, &progress, NULL));
    GIVES(INVALID_HANDLE, m365photo_job_next(job, 1, &new_buffer, NULL));
    GIVES(INVALID_HANDLE, m365photo_job_picture(job, 1, &new_buffer, NULL));
    GIVES(INVALID_HANDLE, m365photo_job_result(job, &new_buffer, NULL));
    GIVES(INVALID_HANDLE, m365photo_job_cancel(job, NULL));
    GIVES(INVALID_HANDLE, m365photo_buffer_data(buffer, &data, &length, NULL));
    GIVES(INVALID_HANDLE, m365photo_error_code(error));
    GIVES(INVALID_HANDLE, m365photo_error_data(error, &data, &length));
    TRUE(new_job == NULL && new_buffer == NULL && data == NULL && length == 0);

    m365photo_session_free(session);
    m365photo_job_free(job);
    m365photo_buffer_free(buffer);
    m365photo_error_free(error);
}

/* A call failed: its error says so in the words that are looked for. */
static int says(m365photo_error **error, int32_t status, const char *words)
{
    char text[4096] = "";
    const uint8_t *data = NULL;
    uint32_t length = 0;
    int right = m365photo_error_code(*error) == status && m365photo_error_data(*error, &data, &length) == M365PHOTO_OK;
    memcpy(text, data, length < sizeof text ? length : sizeof text - 1);
    right = right && strstr(text, words) != NULL;
    if (!right)
        printf("\"%s\" is not in %s\n", words, text);
    m365photo_error_free(*error);
    *error = NULL;
    return right;
}

static void refuse_configs(void)
{
    m365photo_session *session = NULL;
    m365photo_error *error = NULL;

    GIVES(INVALID_ARGUMENT, m365photo_session_new(TEXT("{\"colour\":1}"), &session, &error));
    TRUE(says(&error, M365PHOTO_INVALID_ARGUMENT, "colour"));
    GIVES(INVALID_ARGUMENT, m365photo_session_new(TEXT("{\"tenantId\":\"\xff\"}"), &session, &error));
    TRUE(says(&error, M365PHOTO_INVALID_ARGUMENT, "UTF-8"));
    GIVES(INVALID_ARGUMENT, m365photo_session_new(TEXT("{\"tenantId\""), &session, &error));
    TRUE(says(&error, M365PHOTO_INVALID_ARGUMENT, "EOF"));
    GIVES(INVALID_ARGUMENT, m365photo_session_new(TEXT("[]"), &session, &error));
    TRUE(says(&error, M365PHOTO_INVALID_ARGUMENT, "expected a map"));
    GIVES(INVALID_ARGUMENT, m365photo_session_new(NULL, 5, &session, &error));
    TRUE(says(&error, M365PHOTO_INVALID_ARGUMENT, "`config` is NULL"));
    GIVES(FILE_ACCESS, m365photo_session_new(TEXT("{\"environmentFile\":\"no such file\"}"), &session, &error));
    TRUE(says(&error, M365PHOTO_FILE_ACCESS, "no such file"));
    GIVES(INVALID_ARGUMENT, m365photo_session_new(NULL, 0, NULL, &error));
    TRUE(says(&error, M365PHOTO_INVALID_ARGUMENT, "`session` is NULL"));
    TRUE(session == NULL);
    TRUE(m365photo_session_new(TEXT("{\"colour\":1}"), &session, NULL) == M365PHOTO_INVALID_ARGUMENT);
}

static void refuse_requests(m365photo_session *session)
{
    m365photo_job *job = NULL;
    m365photo_error *error = NULL;

    GIVES(NOT_CONNECTED, m365photo_sync_start(session, TEXT("{\"all\":true}"), &job, &error));
    TRUE(says(&error, M365PHOTO_NOT_CONNECTED, "Connect-M365ProfilePhoto"));
    GIVES(INVALID_ARGUMENT, m365photo_sync_start(session, TEXT("{\"all\":true,\"speed\":9}"), &job, &error));
    TRUE(says(&error, M365PHOTO_INVALID_ARGUMENT, "speed"));
    GIVES(INVALID_ARGUMENT, m365photo_compare_start(session, TEXT("\xc3("), &job, &error));
    TRUE(says(&error, M365PHOTO_INVALID_ARGUMENT, "UTF-8"));
    GIVES(INVALID_ARGUMENT, m365photo_connect_start(session, NULL, 1, &job, NULL));
    GIVES(INVALID_ARGUMENT, m365photo_connect_start(session, NULL, 0, NULL, NULL));
    TRUE(job == NULL);

    GIVES(INVALID_ARGUMENT, m365photo_session_set_credential(session, 99, TEXT("secret"), NULL, 0, &error));
    TRUE(says(&error, M365PHOTO_INVALID_ARGUMENT, "99"));
    GIVES(CERTIFICATE_UNUSABLE,
          m365photo_session_set_credential(session, M365PHOTO_CREDENTIAL_CERTIFICATE, TEXT("paper"), NULL, 0, NULL));
    GIVES(INVALID_ARGUMENT, m365photo_session_context(session, NULL, NULL));
}

static void refuse_on_a_running_job(m365photo_job *job)
{
    struct {
        m365photo_progress known;
        uint64_t unknown;
    } larger;
    m365photo_progress *progress = &larger.known;
    m365photo_buffer *buffer = NULL;
    int turns;

    progress->struct_size = 8;
    GIVES(INVALID_ARGUMENT, m365photo_job_wait(job, 0, progress, NULL));
    GIVES(INVALID_ARGUMENT, m365photo_job_wait(job, 0, NULL, NULL));
    GIVES(INVALID_ARGUMENT, m365photo_job_next(job, 0, &buffer, NULL));
    GIVES(INVALID_ARGUMENT, m365photo_job_next(job, 1, NULL, NULL));
    GIVES(INVALID_ARGUMENT, m365photo_job_picture(job, 7, &buffer, NULL));
    GIVES(PENDING, m365photo_job_result(job, &buffer, NULL));
    TRUE(buffer == NULL);

    larger.unknown = 7;
    progress->struct_size = sizeof larger;
    GIVES(OK, m365photo_job_wait(job, 1, progress, NULL));
    TRUE(progress->state == M365PHOTO_JOB_RUNNING && progress->struct_size == sizeof larger && larger.unknown == 7);

    /* A caller of the first version, whose struct ended with elapsed_ms, gets that much and no more. */
    progress->budget_percent = 9;
    progress->struct_size = (uint32_t)offsetof(m365photo_progress, budget_percent);
    GIVES(OK, m365photo_job_wait(job, 1, progress, NULL));
    TRUE(progress->state == M365PHOTO_JOB_RUNNING && progress->budget_percent == 9);

    GIVES(OK, m365photo_job_cancel(job, NULL));
    for (turns = 0; turns < 100 && progress->state == M365PHOTO_JOB_RUNNING; turns++)
        m365photo_job_wait(job, 200, progress, NULL);
    TRUE(progress->state == M365PHOTO_JOB_CANCELLED);
    GIVES(CANCELLED, m365photo_job_result(job, &buffer, NULL));
    GIVES(OK, m365photo_job_cancel(job, NULL));
}

int main(int argc, char **argv)
{
    m365photo_session *session = NULL;
    m365photo_job *job = NULL;
    m365photo_buffer *buffer = NULL;
    m365photo_error *error = NULL;
    char config[4096];
    const uint8_t *data = NULL;
    uint32_t length = 0;
    double not_a_handle = 0;

    snprintf(config, sizeof config, "{\"environmentFile\":\"%s\"}", argc == 2 ? argv[1] : "");
    refuse_configs();
    GIVES(OK, m365photo_session_new((const uint8_t *)config, (uint32_t)strlen(config), &session, NULL));
    refuse_requests(session);
    GIVES(OK, m365photo_session_context(session, &buffer, NULL));
    GIVES(INVALID_ARGUMENT, m365photo_buffer_data(buffer, NULL, &length, NULL));
    GIVES(INVALID_ARGUMENT, m365photo_buffer_data(buffer, &data, NULL, NULL));
    GIVES(NOT_CONNECTED, m365photo_sync_start(session, TEXT("{\"all\":true}"), &job, &error));
    GIVES(OK, m365photo_connect_start(session, NULL, 0, &job, NULL));

    refuse_handles(NULL, NULL, NULL, NULL);
    refuse_handles((m365photo_session *)&not_a_handle, (m365photo_job *)&not_a_handle, (m365photo_buffer *)&not_a_handle,
                   (m365photo_error *)&not_a_handle);
    refuse_handles((m365photo_session *)job, (m365photo_job *)buffer, (m365photo_buffer *)error, (m365photo_error *)session);

    /* The handles above were none of their kind, so nothing was freed. */
    GIVES(OK, m365photo_buffer_data(buffer, &data, &length, NULL));
    TRUE(data != NULL && length > 0 && data[0] == '{');

    /* A job outlives its session. */
    m365photo_session_free(session);
    refuse_on_a_running_job(job);

    m365photo_job_free(job);
    m365photo_buffer_free(buffer);
    m365photo_error_free(error);
    refuse_handles(session, job, buffer, error);
    return mistakes_missed == 0 ? 0 : 1;
}
