/* Wine 8 lacks bcryptprimitives.dll, of which Rust needs this one function. For tests only; Windows has its own. */

#include <stddef.h>

unsigned char __stdcall SystemFunction036(void *buffer, unsigned long length);

__declspec(dllexport) int __stdcall ProcessPrng(unsigned char *buffer, size_t length)
{
    return SystemFunction036(buffer, (unsigned long)length);
}
