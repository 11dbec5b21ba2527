/* Answers as NVIDIA's libnvidia-ml.so.1 does, from a script: for tests where there is no GPU.

   As much of NVML as voicejob_worker/device/nvml.py asks for, under the names that the binding
   nvidia-ml-py looks for. The script is the file "script" in the folder that the library was
   loaded from. It is read again at each call, so that a test changes what the GPU's memory does
   while the worker measures it. A line is a word and its value:

     driver 580.65.06
     cuda 13000               newest CUDA: 1000 * major + 10 * minor
     fail nvmlInitWithFlags 9 that function returns this error
     device                   another GPU; what follows is about it
     instance                 another MIG instance of that GPU, which thereby is under MIG
     uuid GPU-…
     name NVIDIA A100
     capability 8.0
     total 40960              MiB; used (without reserved) and reserved likewise
     process 4711 1200        PID and MiB; self for whoever asks, none for memory unknown

   Build: cc -shared -fPIC -o libnvidia-ml.so.1 nvml.c */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SUCCESS = 0, UNINITIALIZED = 1, INVALID_ARGUMENT = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6,
       INSUFFICIENT_SIZE = 7, DRIVER_NOT_LOADED = 9, VERSION_MISMATCH = 25 };
enum { MAX_DEVICES = 32, MAX_PROCESSES = 16, MAX_TEXT = 96 };

#define MIB (1ull << 20)
#define UNKNOWN (~0ull)
#define MEMORY_V2 0x02000028u
#define EXPORT __attribute__((visibility("default")))

typedef void *handle_t; /* its place in the script, counted from 1 */
typedef struct { unsigned long long total, free, used; } memory_t;
typedef struct { unsigned version; unsigned long long total, reserved, free, used; } memory_v2_t;
typedef struct {
  unsigned pid;
  unsigned long long used;
  unsigned gpu_instance, compute_instance;
} process_t;

typedef struct {
  int parent; /* -1 of a GPU */
  int instances;
  char uuid[MAX_TEXT], name[MAX_TEXT];
  int major, minor;
  unsigned long long total, used, reserved;
  int processes;
  process_t process[MAX_PROCESSES];
} device_t;

typedef struct {
  char driver[MAX_TEXT];
  int cuda, devices, fault;
  device_t device[MAX_DEVICES];
} script_t;

static int initialised = 0;

static int folder(char *path, size_t size) {
  Dl_info info;
  if (!dladdr((void *)&folder, &info)) return 0;
  snprintf(path, size, "%s", info.dli_fname);
  char *end = strrchr(path, '/');
  if (end == NULL) return 0;
  *end = 0;
  return 1;
}

static void read_process(device_t *device, const char *value) {
  char pid[MAX_TEXT] = "", mib[MAX_TEXT] = "";
  sscanf(value, "%95s %95s", pid, mib);
  if (device->processes == MAX_PROCESSES) return;
  process_t *process = &device->process[device->processes++];
  process->pid = strcmp(pid, "self") ? (unsigned)atoi(pid) : (unsigned)getpid();
  process->used = strcmp(mib, "none") ? strtoull(mib, NULL, 10) * MIB : UNKNOWN;
}

static void read_line(script_t *script, int *gpu, const char *function, char *key, char *value) {
  device_t *device = script->devices ? &script->device[script->devices - 1] : NULL;
  if (!strcmp(key, "driver")) snprintf(script->driver, MAX_TEXT, "%s", value);
  if (!strcmp(key, "cuda")) script->cuda = atoi(value);
  if (!strcmp(key, "fail")) {
    char name[MAX_TEXT] = "";
    int code = 0;
    if (sscanf(value, "%95s %d", name, &code) == 2 && !strcmp(name, function))
      script->fault = code;
  }
  if ((!strcmp(key, "device") || !strcmp(key, "instance")) && script->devices < MAX_DEVICES) {
    int is_gpu = !strcmp(key, "device");
    device = &script->device[script->devices];
    device->parent = is_gpu ? -1 : *gpu;
    if (is_gpu) *gpu = script->devices;
    else script->device[*gpu].instances++;
    script->devices++;
  }
  if (device == NULL) return;
  if (!strcmp(key, "uuid")) snprintf(device->uuid, MAX_TEXT, "%s", value);
  if (!strcmp(key, "name")) snprintf(device->name, MAX_TEXT, "%s", value);
  if (!strcmp(key, "capability")) sscanf(value, "%d.%d", &device->major, &device->minor);
  if (!strcmp(key, "total")) device->total = strtoull(value, NULL, 10) * MIB;
  if (!strcmp(key, "used")) device->used = strtoull(value, NULL, 10) * MIB;
  if (!strcmp(key, "reserved")) device->reserved = strtoull(value, NULL, 10) * MIB;
  if (!strcmp(key, "process")) read_process(device, value);
}

/* Reads the script; returns what `function` is to fail with, or 0. */
static int begin(const char *function, script_t *script) {
  char path[4096], line[512];
  memset(script, 0, sizeof *script);
  if (!folder(path, sizeof path - 8)) return DRIVER_NOT_LOADED;
  strcat(path, "/script");
  FILE *file = fopen(path, "r");
  if (file == NULL) return DRIVER_NOT_LOADED;
  int gpu = -1;
  while (fgets(line, sizeof line, file)) {
    char key[MAX_TEXT] = "";
    int at = 0;
    if (sscanf(line, "%95s %n", key, &at) != 1 || key[0] == '#') continue;
    line[strcspn(line, "\n")] = 0;
    read_line(script, &gpu, function, key, line + at);
  }
  fclose(file);
  if (script->fault) return script->fault;
  return initialised || !strncmp(function, "nvmlInit", 8) ? SUCCESS : UNINITIALIZED;
}

static handle_t handle_of(int place) { return (handle_t)(size_t)(place + 1); }

static int place_of(handle_t handle) { return (int)(size_t)handle - 1; }

/* Reads the script for a function about one device. */
static int begin_at(const char *function, handle_t handle, script_t *script, device_t **device) {
  int fault = begin(function, script);
  if (fault) return fault;
  int place = place_of(handle);
  if (place < 0 || place >= script->devices) return INVALID_ARGUMENT;
  *device = &script->device[place];
  return SUCCESS;
}

/* The place of the nth device whose parent is `parent`, or -1. */
static int nth(const script_t *script, int parent, unsigned n) {
  for (int place = 0; place < script->devices; place++)
    if (script->device[place].parent == parent && n-- == 0) return place;
  return -1;
}

static int text(char *to, unsigned size, const char *from) {
  if (strlen(from) + 1 > size) return INSUFFICIENT_SIZE;
  strcpy(to, from);
  return SUCCESS;
}

#define BEGIN()                                                                                    \
  script_t script;                                                                                 \
  int fault = begin(__func__, &script);                                                            \
  if (fault) return fault
#define BEGIN_AT(handle)                                                                           \
  script_t script;                                                                                 \
  device_t *device = NULL;                                                                         \
  int fault = begin_at(__func__, handle, &script, &device);                                        \
  if (fault) return fault

EXPORT int nvmlInitWithFlags(unsigned flags) {
  BEGIN();
  (void)flags;
  initialised++;
  return SUCCESS;
}

EXPORT int nvmlInit_v2(void) { return nvmlInitWithFlags(0); }

EXPORT int nvmlShutdown(void) {
  if (!initialised) return UNINITIALIZED;
  initialised--;
  return SUCCESS;
}

EXPORT const char *nvmlErrorString(int code) {
  switch (code) {
    case UNINITIALIZED: return "Uninitialized";
    case NOT_SUPPORTED: return "Not Supported";
    case NOT_FOUND: return "Not Found";
    case DRIVER_NOT_LOADED: return "Driver Not Loaded";
    case 15: return "GPU is lost";
    case 18: return "Driver/library version mismatch";
    default: return "Unknown Error";
  }
}

EXPORT int nvmlSystemGetDriverVersion(char *version, unsigned size) {
  BEGIN();
  return text(version, size, script.driver);
}

EXPORT int nvmlSystemGetCudaDriverVersion(int *version) {
  BEGIN();
  *version = script.cuda;
  return SUCCESS;
}

EXPORT int nvmlDeviceGetCount_v2(unsigned *count) {
  BEGIN();
  *count = 0;
  while (nth(&script, -1, *count) >= 0) ++*count;
  return SUCCESS;
}

EXPORT int nvmlDeviceGetHandleByIndex_v2(unsigned index, handle_t *handle) {
  BEGIN();
  int place = nth(&script, -1, index);
  if (place < 0) return INVALID_ARGUMENT;
  *handle = handle_of(place);
  return SUCCESS;
}

EXPORT int nvmlDeviceGetHandleByUUID(const char *uuid, handle_t *handle) {
  BEGIN();
  for (int place = 0; place < script.devices; place++)
    if (!strcmp(script.device[place].uuid, uuid)) {
      *handle = handle_of(place);
      return SUCCESS;
    }
  return NOT_FOUND;
}

EXPORT int nvmlDeviceGetUUID(handle_t handle, char *uuid, unsigned size) {
  BEGIN_AT(handle);
  return text(uuid, size, device->uuid);
}

EXPORT int nvmlDeviceGetName(handle_t handle, char *name, unsigned size) {
  BEGIN_AT(handle);
  return text(name, size, device->name);
}

EXPORT int nvmlDeviceGetCudaComputeCapability(handle_t handle, int *major, int *minor) {
  BEGIN_AT(handle);
  if (device->parent >= 0) return NOT_SUPPORTED; /* of an instance: its GPU's is asked for */
  *major = device->major;
  *minor = device->minor;
  return SUCCESS;
}

/* What the driver keeps for itself counts as used here, and apart in the second version. */
EXPORT int nvmlDeviceGetMemoryInfo(handle_t handle, memory_t *memory) {
  BEGIN_AT(handle);
  memory->total = device->total;
  memory->used = device->used + device->reserved;
  memory->free = device->total - memory->used;
  return SUCCESS;
}

EXPORT int nvmlDeviceGetMemoryInfo_v2(handle_t handle, memory_v2_t *memory) {
  BEGIN_AT(handle);
  if (memory->version != MEMORY_V2) return VERSION_MISMATCH;
  memory->total = device->total;
  memory->reserved = device->reserved;
  memory->used = device->used;
  memory->free = device->total - device->used - device->reserved;
  return SUCCESS;
}

EXPORT int nvmlDeviceGetComputeRunningProcesses_v3(handle_t handle, unsigned *count,
                                                   process_t *processes) {
  BEGIN_AT(handle);
  unsigned room = processes == NULL ? 0 : *count;
  *count = device->processes;
  if (room < *count) return INSUFFICIENT_SIZE;
  for (unsigned i = 0; i < *count; i++) processes[i] = device->process[i];
  return SUCCESS;
}

EXPORT int nvmlDeviceGetComputeRunningProcesses_v2(handle_t handle, unsigned *count,
                                                   process_t *processes) {
  return nvmlDeviceGetComputeRunningProcesses_v3(handle, count, processes);
}

EXPORT int nvmlDeviceGetMigMode(handle_t handle, unsigned *current, unsigned *pending) {
  BEGIN_AT(handle);
  if (device->major < 8) return NOT_SUPPORTED;
  *current = *pending = device->instances > 0;
  return SUCCESS;
}

EXPORT int nvmlDeviceGetMaxMigDeviceCount(handle_t handle, unsigned *count) {
  BEGIN_AT(handle);
  *count = device->major < 8 ? 0 : 7;
  return SUCCESS;
}

/* The numbers have gaps, as where other containers have the instances between. */
EXPORT int nvmlDeviceGetMigDeviceHandleByIndex(handle_t handle, unsigned index, handle_t *found) {
  BEGIN_AT(handle);
  int place = index % 2 ? nth(&script, place_of(handle), index / 2) : -1;
  if (place < 0) return NOT_FOUND;
  *found = handle_of(place);
  return SUCCESS;
}

EXPORT int nvmlDeviceIsMigDeviceHandle(handle_t handle, unsigned *is_instance) {
  BEGIN_AT(handle);
  *is_instance = device->parent >= 0;
  return SUCCESS;
}

EXPORT int nvmlDeviceGetDeviceHandleFromMigDeviceHandle(handle_t handle, handle_t *found) {
  BEGIN_AT(handle);
  if (device->parent < 0) return INVALID_ARGUMENT;
  *found = handle_of(device->parent);
  return SUCCESS;
}
