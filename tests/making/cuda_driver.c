/* Answers as NVIDIA's libcuda.so.1 does, as the variable FAKE_CUDA says: "VERSION CODE", or
   "VERSION hang". Test code: nothing of it is shipped. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int version = 13000, code = 0, hangs = 0;

static void read_script(void) {
    const char *script = getenv("FAKE_CUDA");
    char outcome[32] = "0";
    if (script != NULL && sscanf(script, "%d %31s", &version, outcome) == 2) {
        hangs = strcmp(outcome, "hang") == 0;
        code = hangs ? 0 : atoi(outcome);
    }
}

int cuDriverGetVersion(int *answer) {
    read_script();
    *answer = version;
    return 0;
}

int cuInit(unsigned int flags) {
    (void)flags;
    read_script();
    while (hangs) {
        sleep(1);
    }
    return code;
}

int cuDeviceGet(int *device, int index) {
    *device = 40 + index;
    return index == 0 ? 0 : 101;
}

int cuDevicePrimaryCtxRetain(void **context, int device) {
    *context = &version;
    return device == 40 ? cuInit(0) : 201;
}

int cuGetErrorName(int error, const char **name) {
    *name = error == 100   ? "CUDA_ERROR_NO_DEVICE"
            : error == 101 ? "CUDA_ERROR_INVALID_DEVICE"
            : error == 2   ? "CUDA_ERROR_OUT_OF_MEMORY"
                           : NULL;
    return *name == NULL;
}

int cuGetErrorString(int error, const char **text) {
    *text = error == 100 ? "no CUDA-capable device is detected" : NULL;
    return *text == NULL;
}
