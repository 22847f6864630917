#include "kernel/bus/open_calls.hpp"

#include <algorithm>
#include <utility>

#include "kernel/base/thread_shard.hpp"

namespace souk::bus {
namespace {

enum Phase : std::uint64_t {
  kFree,
  kOpen,
  kAnswering,
  kExpiring,
  kExpired,
  kLateReply,  // the plugin replied while the deadline's answer was being given
};
constexpr std::uint64_t kPhases = 8;
constexpr std::size_t kKeepBytes = 64U << 10U;  // a slot gives larger buffers back

constexpr std::uint64_t state_of(std::uint64_t generation, Phase phase) noexcept {
  return generation * kPhases + phase;
}

}  // namespace

struct alignas(64) OpenCalls::Slot {
  std::atomic<std::uint64_t> state{state_of(0, kFree)};
  std::atomic<std::int64_t> deadline_mono_us{0};
  std::atomic<std::uint32_t> next_free{0};
  souk_call call{};
  std::string bytes;  // request, account, request id, caller: one after another
  CallDone done;
};

struct OpenCalls::Block {
  std::array<Slot, kBlock> slots;
};

OpenCalls::OpenCalls(std::size_t max_open)
    : max_open_(max_open),
      blocks_(std::make_unique<std::atomic<Block*>[]>((max_open + kBlock - 1) / kBlock)) {}

OpenCalls::~OpenCalls() {
  for (std::size_t i = 0; i < (max_open_ + kBlock - 1) / kBlock; ++i)
    delete blocks_[i].load();
}

OpenCalls::Slot* OpenCalls::slot(std::uint32_t index) const noexcept {
  if (index >= max_open_) return nullptr;
  Block* block = blocks_[index / kBlock].load(std::memory_order_acquire);
  return block == nullptr ? nullptr : &block->slots[index % kBlock];
}

std::uint32_t OpenCalls::take_from(FreeList& list) noexcept {
  std::uint64_t head = list.head.load(std::memory_order_acquire);
  while (static_cast<std::uint32_t>(head) != 0) {
    const std::uint32_t index = static_cast<std::uint32_t>(head) - 1;
    // Slots are never unmapped, so reading next_free of one that another thread takes is harmless:
    // the tag makes the exchange fail.
    const std::uint64_t next = slot(index)->next_free.load(std::memory_order_relaxed);
    const std::uint64_t tag = (head >> 32U) + 1;
    if (list.head.compare_exchange_weak(head, tag << 32U | next, std::memory_order_acq_rel))
      return index;
  }
  return UINT32_MAX;
}

std::uint32_t OpenCalls::make_slot() {
  std::uint32_t made = made_.load(std::memory_order_relaxed);
  do {
    if (made >= max_open_) return UINT32_MAX;
  } while (!made_.compare_exchange_weak(made, made + 1));
  std::atomic<Block*>& place = blocks_[made / kBlock];
  if (place.load(std::memory_order_acquire) == nullptr) {
    auto fresh = std::make_unique<Block>();
    Block* expected = nullptr;
    if (place.compare_exchange_strong(expected, fresh.get())) fresh.release();
  }
  return made;
}

std::uint32_t OpenCalls::take_free() {
  const std::size_t own = base::thread_shard();
  std::uint32_t index = take_from(free_[own % kFreeLists]);
  if (index != UINT32_MAX) return index;
  // A few for everybody. Beyond that, what is free lies with other threads: answers that always
  // come from another one than the questions must not use all slots up.
  if (made_.load(std::memory_order_relaxed) < kBlock) index = make_slot();
  for (std::size_t i = 1; index == UINT32_MAX && i < kFreeLists; ++i)
    index = take_from(free_[(own + i) % kFreeLists]);
  return index != UINT32_MAX ? index : make_slot();
}

void OpenCalls::give_free(std::uint32_t index, Slot& slot) {
  if (slot.bytes.capacity() > kKeepBytes) std::string().swap(slot.bytes);
  const std::uint64_t generation = slot.state.load(std::memory_order_relaxed) / kPhases;
  slot.state.store(state_of((generation + 1) & 0xffff'ffffU, kFree), std::memory_order_release);
  std::atomic<std::uint64_t>& list = free_[base::thread_shard() % kFreeLists].head;
  std::uint64_t head = list.load(std::memory_order_relaxed);
  do {
    slot.next_free.store(static_cast<std::uint32_t>(head), std::memory_order_relaxed);
  } while (!list.compare_exchange_weak(head, ((head >> 32U) + 1) << 32U | (index + 1),
                                       std::memory_order_acq_rel));
}

const souk_call* OpenCalls::open(const Question& question, CallDone&& done) {
  const std::uint32_t index = take_free();
  if (index == UINT32_MAX) return nullptr;
  Slot& slot = *this->slot(index);
  const std::uint64_t generation = slot.state.load(std::memory_order_relaxed) / kPhases;
  slot.bytes.clear();
  slot.bytes.reserve(question.request.size() + question.account_id.size() +
                     question.request_id.size() + question.caller.size());
  const auto copy = [&slot](std::string_view text) -> souk_bytes {
    const std::size_t at = slot.bytes.size();
    slot.bytes += text;
    return {slot.bytes.data() + at, text.size()};
  };
  souk_call& call = slot.call;
  call.struct_size = sizeof call;
  call.method = question.method;
  call.handle = generation << 32U | (index + 1);
  call.deadline_us = question.deadline_us;
  call.request = copy(question.request);
  call.account_id = copy(question.account_id);
  call.request_id = copy(question.request_id);
  call.caller = copy(question.caller);
  slot.done = std::move(done);
  slot.deadline_mono_us.store(question.deadline_mono_us, std::memory_order_relaxed);
  open_.fetch_add(1, std::memory_order_relaxed);
  slot.state.store(state_of(generation, kOpen));  // seq_cst: see DeadlineWatch
  return &call;
}

bool OpenCalls::answer(std::uint64_t handle, Code code, std::string_view reply,
                       std::string_view error) {
  const auto number = static_cast<std::uint32_t>(handle);
  Slot* const found = number == 0 ? nullptr : slot(number - 1);
  if (found == nullptr) return false;
  const std::uint64_t generation = handle >> 32U;
  std::uint64_t state = state_of(generation, kOpen);
  if (found->state.compare_exchange_strong(state, state_of(generation, kAnswering),
                                           std::memory_order_acq_rel)) {
    const CallDone done = std::exchange(found->done, nullptr);
    open_.fetch_sub(1, std::memory_order_relaxed);
    done(code, reply, error);
    give_free(number - 1, *found);
    return true;
  }
  // Late: the plugin is through with the request at last. The deadline's answer may be on its way.
  while (true) {
    state = state_of(generation, kExpired);
    if (found->state.compare_exchange_strong(state, state_of(generation, kAnswering))) {
      give_free(number - 1, *found);
      return false;
    }
    if (state != state_of(generation, kExpiring)) return false;
    if (found->state.compare_exchange_strong(state, state_of(generation, kLateReply))) return false;
  }
}

OpenCalls::Expired OpenCalls::expire(std::int64_t monotonic_us, Code code, std::string_view error) {
  Expired expired;
  const std::uint32_t made = made_;
  for (std::uint32_t index = 0; index < made; ++index) {
    Slot* const candidate = slot(index);
    if (candidate == nullptr) continue;
    std::uint64_t state = candidate->state.load();
    if (state % kPhases != kOpen) continue;
    const std::int64_t deadline = candidate->deadline_mono_us.load(std::memory_order_relaxed);
    if (deadline > monotonic_us) {
      expired.next_us = std::min(expired.next_us, deadline);
      continue;
    }
    const std::uint64_t generation = state / kPhases;
    if (!candidate->state.compare_exchange_strong(state, state_of(generation, kExpiring))) continue;
    const CallDone done = std::exchange(candidate->done, nullptr);
    open_.fetch_sub(1, std::memory_order_relaxed);
    ++expired.count;
    done(code, {}, error);
    state = state_of(generation, kExpiring);
    if (!candidate->state.compare_exchange_strong(state, state_of(generation, kExpired))) {
      give_free(index, *candidate);
    }
  }
  return expired;
}

}  // namespace souk::bus
