/*
 * Runs jobs one after the other and prints the summary of each as a line of JSON, or the error that ended it; in the end
 * the most memory that the process had.
 * For the campaigns and the benches, which need the library in a process of its own: to measure it, or to kill it.
 *
 *     drive CONFIG [compare|fetch|sync REQUEST]...
 *
 * With DRIVE_RECORDS in the environment the records come before the summary, an array a line.
 *
 * The exit code is 0 when every job ran to its end, 1 otherwise.
 */
#include "m365photo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static void print(const uint8_t *data, uint32_t length)
{
    printf("%.*s\n", (int)length, (const char *)data);
    fflush(stdout);
}

/* Takes the records that are ready; prints each batch as a line when the caller wants them. */
static void take_records(m365photo_job *job)
{
    const uint8_t *data = NULL;
    uint32_t length = 0;
    m365photo_buffer *buffer = NULL;
    m365photo_job_next(job, 1000, &buffer, NULL);
    if (getenv("DRIVE_RECORDS") != NULL && m365photo_buffer_data(buffer, &data, &length, NULL) == M365PHOTO_OK && length > 2)
        print(data, length);
    m365photo_buffer_free(buffer);
}

static int32_t fail(int32_t status, m365photo_error *error)
{
    const uint8_t *data = (const uint8_t *)"{}";
    uint32_t length = 2;
    m365photo_error_data(error, &data, &length);
    print(data, length);
    m365photo_error_free(error);
    return status;
}

typedef int32_t start_function(const m365photo_session *session, const uint8_t *request, uint32_t length, m365photo_job **job,
                               m365photo_error **error);

static int32_t run(const m365photo_session *session, start_function *start, const char *request)
{
    const uint8_t *data = NULL;
    uint32_t length = 0;
    m365photo_progress progress;
    m365photo_job *job = NULL;
    m365photo_buffer *buffer = NULL;
    m365photo_error *error = NULL;

    int32_t status = start(session, (const uint8_t *)request, (uint32_t)strlen(request), &job, &error);
    progress.struct_size = sizeof progress;
    progress.state = M365PHOTO_JOB_RUNNING;
    progress.records_ready = 0;
    while (status == M365PHOTO_OK && (progress.state == M365PHOTO_JOB_RUNNING || progress.records_ready > 0)) {
        take_records(job);
        status = m365photo_job_wait(job, 200, &progress, &error);
    }
    take_records(job);
    if (status == M365PHOTO_OK)
        status = m365photo_job_result(job, &buffer, &error);
    if (status == M365PHOTO_OK)
        status = m365photo_buffer_data(buffer, &data, &length, &error);
    if (status == M365PHOTO_OK)
        print(data, length);
    else
        fail(status, error);
    m365photo_buffer_free(buffer);
    m365photo_job_free(job);
    return status;
}

static start_function *operation(const char *name)
{
    if (strcmp(name, "compare") == 0)
        return m365photo_compare_start;
    if (strcmp(name, "fetch") == 0)
        return m365photo_fetch_start;
    return m365photo_sync_start;
}

int main(int argc, char **argv)
{
    m365photo_session *session = NULL;
    m365photo_error *error = NULL;
    struct rusage usage;
    int32_t status;
    int i;

    if (argc < 2 || argc % 2 != 0)
        return 2;
    status = m365photo_session_new((const uint8_t *)argv[1], (uint32_t)strlen(argv[1]), &session, &error);
    if (status != M365PHOTO_OK)
        return fail(status, error) != M365PHOTO_OK;
    status = run(session, m365photo_connect_start, "");
    for (i = 2; i < argc && status == M365PHOTO_OK; i += 2)
        status = run(session, operation(argv[i]), argv[i + 1]);
    m365photo_session_free(session);
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        printf("{\"peakMemoryKilobytes\":%ld}\n", usage.ru_maxrss);
    return status != M365PHOTO_OK;
}
