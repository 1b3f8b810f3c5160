import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** TensorFlow logs through Abseil, which knows nothing of `TF_CPP_MIN_LOG_LEVEL` until it is told. */
const LEVEL = `#include <cstdlib>
#if __has_include("absl/log/globals.h")
#include "absl/log/globals.h"
static const bool level_set = [] {
  const char *level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  if (level) absl::SetMinLogLevel(static_cast<absl::LogSeverityAtLeast>(std::atoi(level)));
  return true;
}();
#endif
`;

/** TensorFlow logs already while its libraries load, when nobody can have told it anything: `mute(on)` redirects stderr. */
const MUTE = `#include <fcntl.h>
#include <node_api.h>
#include <unistd.h>
static int kept = -1;
static napi_value Mute(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value on_value;
  bool on = false;
  napi_get_cb_info(env, info, &count, &on_value, nullptr, nullptr);
  napi_get_value_bool(env, on_value, &on);
  if (on && kept < 0) {
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    kept = fcntl(2, F_DUPFD_CLOEXEC, 3);
    if (nowhere >= 0 && kept >= 0) dup2(nowhere, 2);
    if (nowhere >= 0) close(nowhere);
  } else if (!on && kept >= 0) {
    dup2(kept, 2);
    close(kept);
    kept = -1;
  }
  return nullptr;
}
NAPI_MODULE_INIT() {
  napi_value mute;
  napi_create_function(env, "mute", NAPI_AUTO_LENGTH, Mute, nullptr, &mute);
  return mute;
}
`;

/** Adds both to what an unpacked `@tensorflow/tfjs-node` compiles: the second as an addon of its own, `mute`. */
export async function addLogSources(tfjsNode: string): Promise<void> {
  await writeFile(join(tfjsNode, 'binding', 'level.cc'), LEVEL);
  await writeFile(join(tfjsNode, 'binding', 'mute.cc'), MUTE);
  const gyp = join(tfjsNode, 'binding.gyp');
  const main = "'binding/tfjs_binding.cc'";
  const targets = "'targets' : [";
  const text = (await readFile(gyp, 'utf8'))
    .replace(main, `${main}, 'binding/level.cc'`)
    .replace(targets, `${targets}{ 'target_name': 'mute', 'sources': ['binding/mute.cc'] }, `);
  await writeFile(gyp, text);
}
