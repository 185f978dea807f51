#include "m365photo.h"

uint32_t version_in_b(void);

uint32_t version_in_b(void)
{
    return m365photo_abi_version();
}
