/* Numbers and layouts that are never to change. This list is written by hand: it is the memory of what was promised. */
#include "m365photo.h"

#include <assert.h>
#include <stddef.h>

#define NUMBER(name, number) static_assert(M365PHOTO_##name == number, #name " is " #number " for ever")
#define PLACE(field, offset) static_assert(offsetof(m365photo_progress, field) == offset, #field " lies at " #offset " for ever")

NUMBER(OK, 0);
NUMBER(INVALID_ARGUMENT, 1);
NUMBER(INVALID_HANDLE, 2);
NUMBER(INTERNAL, 3);
NUMBER(CANCELLED, 4);
NUMBER(PENDING, 5);
NUMBER(NOT_CONNECTED, 6);
NUMBER(SIGN_IN_FAILED, 10);
NUMBER(CERTIFICATE_UNUSABLE, 11);
NUMBER(TOKEN_REJECTED, 12);
NUMBER(PERMISSION_DENIED, 13);
NUMBER(PERSON_NOT_FOUND, 20);
NUMBER(PHOTO_NOT_FOUND, 21);
NUMBER(PROFILE_NOT_FOUND, 22);
NUMBER(PICTURE_UNREADABLE, 30);
NUMBER(PICTURE_UNSUPPORTED, 31);
NUMBER(PICTURE_TOO_LARGE, 32);
NUMBER(CONNECTION_FAILED, 40);
NUMBER(UNTRUSTED_HOST, 41);
NUMBER(TIMED_OUT, 42);
NUMBER(THROTTLED, 43);
NUMBER(SERVICE_FAILED, 44);
NUMBER(PROTOCOL_VIOLATION, 45);
NUMBER(LIBRARY_NOT_FOUND, 50);
NUMBER(WRITE_NOT_CONFIRMED, 51);
NUMBER(FILE_LOCKED, 52);
NUMBER(STATE_IN_USE, 60);
NUMBER(STATE_DAMAGED, 61);
NUMBER(REMOVAL_LIMIT_REACHED, 70);
NUMBER(SOURCE_SUSPICIOUS, 71);
NUMBER(FILE_ACCESS, 80);

NUMBER(CREDENTIAL_CERTIFICATE, 1);
NUMBER(CREDENTIAL_CLIENT_SECRET, 2);

NUMBER(JOB_RUNNING, 0);
NUMBER(JOB_FINISHED, 1);
NUMBER(JOB_FAILED, 2);
NUMBER(JOB_CANCELLED, 3);

PLACE(struct_size, 0);
PLACE(state, 4);
PLACE(done, 8);
PLACE(total, 16);
PLACE(failed, 24);
PLACE(requests, 32);
PLACE(writes, 40);
PLACE(records_ready, 48);
PLACE(waiting_ms, 56);
PLACE(elapsed_ms, 64);
PLACE(budget_percent, 72);
static_assert(sizeof(m365photo_progress) == 80, "fields are only added at the end");

int main(void)
{
    return m365photo_abi_version() == ((M365PHOTO_ABI_MAJOR << 16) | M365PHOTO_ABI_MINOR) ? 0 : 1;
}
