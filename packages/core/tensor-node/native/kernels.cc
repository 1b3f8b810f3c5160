// Operations of the native backend that TensorFlow does not have, or has only as many: loaded into Node after TensorFlow.
#include <node_api.h>

#include "attention.h"
#include "elementwise.h"
#include "groups.h"
#include "norm.h"
#include "product.h"

namespace {

bool RegisterAll(std::string* error) {
  using namespace af;
  const char* const random = "random: int32";
  return Register<Linear<true>>({"AfLinear", {"transposed: bool"}, {"x: float", "weight: float", "bias: float"}, {"y: float"}},
                                error) &&
         Register<Linear<false>>({"AfLinearPlain", {"transposed: bool"}, {"x: float", "weight: float"}, {"y: float"}}, error) &&
         Register<MatMul>(
             {"AfMatMul", {"transpose_a: bool", "transpose_b: bool"}, {"a: float", "b: float"}, {"y: float"}}, error) &&
         Register<ColumnSum>({"AfColumnSum", {}, {"x: float"}, {"y: float"}}, error) &&
         Register<Binary<Sum>>({"AfAdd", {}, {"a: float", "b: float"}, {"y: float"}}, error) &&
         Register<Unary<ReluValue>>({"AfRelu", {}, {"x: float"}, {"y: float"}}, error) &&
         Register<Binary<ReluSlope>>({"AfReluGradient", {}, {"dy: float", "x: float"}, {"dx: float"}}, error) &&
         Register<Unary<GeluValue, true>>({"AfGelu", {}, {"x: float"}, {"y: float", "share: float"}}, error) &&
         Register<Binary<GeluSlope>>({"AfGeluGradient", {}, {"dy: float", "x: float"}, {"dx: float"}}, error) &&
         Register<GroupDots>(
             {"AfGroupDots", {"groups: int"}, {"a: float", "b: float", "spans: int32"}, {"y: float"}}, error) &&
         Register<GroupScale>(
             {"AfGroupScale", {"width: int"}, {"x: float", "weights: float", "spans: int32"}, {"y: float"}}, error) &&
         Register<Dropout>({"AfDropout", {"scale: float"}, {"x: float", random}, {"y: float", "mask: float"}}, error) &&
         Register<SquareSum>({"AfSquareSum", {"diagonal: float"}, {"x: float"}, {"y: float"}}, error) &&
         Register<SquareSumGradient>({"AfSquareSumGradient", {"diagonal: float"}, {"dy: float", "x: float"}, {"dx: float"}}, error) &&
         Register<Adam>({"AfAdam",
                         {},
                         {"parameter: float", "gradient: float", "first: float", "second: float", "numbers: float"},
                         {"new_parameter: float", "new_first: float", "new_second: float"}},
                        error) &&
         Register<LayerNorm>(
             {"AfLayerNorm", {"epsilon: float"}, {"x: float", "gamma: float", "beta: float"}, {"y: float"}}, error) &&
         Register<LayerNormGradient>(
             {"AfLayerNormGradient", {"epsilon: float"}, {"dy: float", "x: float", "gamma: float"}, {"dx: float"}}, error) &&
         Register<LayerNormGamma>({"AfLayerNormGamma", {"epsilon: float"}, {"dy: float", "x: float"}, {"dgamma: float"}}, error) &&
         Register<Attention>({"AfAttention",
                              {"heads: int", "drops: bool", "scale: float"},
                              {"q: float", "k: float", "v: float", "mask: float", random},
                              {"y: float", "weights: float", "drop: float"}},
                             error) &&
         Register<AttentionGradient>(
             {"AfAttentionGradient",
              {"heads: int", "drops: bool", "scale: float"},
              {"dy: float", "q: float", "k: float", "v: float", "mask: float", "y: float", random},
              {"dq: float", "dk: float", "dv: float"}},
             error);
}

// open(threads): registers everything with TensorFlow, once a process, and says how many threads may compute.
napi_value Open(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value given;
  int32_t threads = 1;
  napi_get_cb_info(env, info, &count, &given, nullptr, nullptr);
  napi_get_value_int32(env, given, &threads);
  static std::string error;
  static const bool registered = RegisterAll(&error);
  if (!registered) {
    napi_throw_error(env, nullptr, error.c_str());
    return nullptr;
  }
  af::Pool::Get().SetThreads(threads);
  return nullptr;
}

}  // namespace

NAPI_MODULE_INIT() {
  napi_value open;
  napi_create_function(env, "open", NAPI_AUTO_LENGTH, Open, nullptr, &open);
  return open;
}
