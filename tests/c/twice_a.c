/* The header may be included twice, and in two files of one program (twice_b.c is the other). */
#include "m365photo.h"
#include "m365photo.h"

uint32_t version_in_b(void);

int main(void)
{
    return version_in_b() == m365photo_abi_version() ? 0 : 1;
}
