// TensorFlow's C interface for kernels: tensors in, tensors out, registration.
#pragma once
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"
#include "tensorflow/c/tf_tensor.h"
#include "random.h"

namespace af {

using Shape = std::vector<int64_t>;

inline int64_t SizeOf(const Shape& shape) {
  int64_t size = 1;
  for (const int64_t width : shape) size *= width;
  return size;
}

inline Shape ShapeOf(const TF_Tensor* tensor) {
  Shape shape(TF_NumDims(tensor));
  for (size_t axis = 0; axis < shape.size(); axis++) shape[axis] = TF_Dim(tensor, static_cast<int>(axis));
  return shape;
}

// Width of the last axis.
inline int64_t LastOf(const TF_Tensor* tensor) { return TF_Dim(tensor, TF_NumDims(tensor) - 1); }

inline float* Floats(const TF_Tensor* tensor) { return static_cast<float*>(TF_TensorData(tensor)); }

// One run of a kernel. Owns every tensor that passes through it; an error ends the operation with its message.
class Call {
 public:
  explicit Call(TF_OpKernelContext* context) : context_(context), status_(TF_NewStatus()) {}
  ~Call() {
    if (TF_GetCode(status_) != TF_OK) TF_OpKernelContext_Failure(context_, status_);
    for (TF_Tensor* tensor : held_) TF_DeleteTensor(tensor);
    TF_DeleteStatus(status_);
  }

  bool ok() const { return TF_GetCode(status_) == TF_OK; }

  TF_Tensor* In(int index) {
    TF_Tensor* tensor = nullptr;
    TF_GetInput(context_, index, &tensor, status_);
    return Hold(tensor);
  }

  TF_Tensor* Out(int index, const Shape& shape) {
    const size_t bytes = SizeOf(shape) * sizeof(float);
    return Hold(TF_AllocateOutput(context_, index, TF_FLOAT, shape.data(), static_cast<int>(shape.size()), bytes, status_));
  }

  void Fail(const char* message) { TF_SetStatus(status_, TF_INVALID_ARGUMENT, message); }

  Random RandomOf(int index) {
    const TF_Tensor* tensor = In(index);
    Random random{};
    if (!ok()) return random;
    const int32_t* words = static_cast<const int32_t*>(TF_TensorData(tensor));
    for (uint32_t* word : {&random.key0, &random.key1, &random.counter2, &random.counter3})
      *word = static_cast<uint32_t>(*words++);
    random.threshold = *words;
    return random;
  }

 private:
  TF_Tensor* Hold(TF_Tensor* tensor) {
    if (tensor) held_.push_back(tensor);
    return tensor;
  }

  TF_OpKernelContext* context_;
  TF_Status* status_;
  std::vector<TF_Tensor*> held_;
};

// Reads attributes while a kernel is made.
class Attributes {
 public:
  explicit Attributes(TF_OpKernelConstruction* construction) : construction_(construction), status_(TF_NewStatus()) {}
  ~Attributes() {
    if (TF_GetCode(status_) != TF_OK) TF_OpKernelConstruction_Failure(construction_, status_);
    TF_DeleteStatus(status_);
  }
  float Float(const char* name) {
    float value = 0;
    TF_OpKernelConstruction_GetAttrFloat(construction_, name, &value, status_);
    return value;
  }
  int64_t Int(const char* name) {
    int64_t value = 0;
    TF_OpKernelConstruction_GetAttrInt64(construction_, name, &value, status_);
    return value;
  }
  bool Bool(const char* name) {
    TF_Bool value = 0;
    TF_OpKernelConstruction_GetAttrBool(construction_, name, &value, status_);
    return value != 0;
  }

 private:
  TF_OpKernelConstruction* construction_;
  TF_Status* status_;
};

struct Signature {
  const char* name;
  std::vector<const char*> attributes, inputs, outputs;
};

// Makes a class an operation of TensorFlow: constructed from attributes, run as Run(Call&).
template <class Kernel>
bool Register(const Signature& signature, std::string* error) {
  TF_OpDefinitionBuilder* op = TF_NewOpDefinitionBuilder(signature.name);
  for (const char* each : signature.attributes) TF_OpDefinitionBuilderAddAttr(op, each);
  for (const char* each : signature.inputs) TF_OpDefinitionBuilderAddInput(op, each);
  for (const char* each : signature.outputs) TF_OpDefinitionBuilderAddOutput(op, each);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(op, &TF_ShapeInferenceContextSetUnknownShape);
  TF_Status* status = TF_NewStatus();
  TF_RegisterOpDefinition(op, status);
  if (TF_GetCode(status) == TF_OK) {
    TF_KernelBuilder* builder = TF_NewKernelBuilder(
        signature.name, "CPU",
        [](TF_OpKernelConstruction* construction) -> void* {
          Attributes attributes(construction);
          return new Kernel(attributes);
        },
        [](void* kernel, TF_OpKernelContext* context) {
          Call call(context);
          static_cast<Kernel*>(kernel)->Run(call);
        },
        [](void* kernel) { delete static_cast<Kernel*>(kernel); });
    TF_RegisterKernelBuilder(signature.name, builder, status);
  }
  const bool ok = TF_GetCode(status) == TF_OK;
  if (!ok) *error = std::string(signature.name) + ": " + TF_Message(status);
  TF_DeleteStatus(status);
  return ok;
}

}  // namespace af
