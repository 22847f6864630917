#include "tools/souk/progress.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace souk::cli {

ProgressBar::ProgressBar(std::string title, std::string unit, bool quiet)
    : title_(std::move(title)),
      unit_(std::move(unit)),
      quiet_(quiet),
      terminal_(isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (!quiet_ && terminal_ && !finished_) std::fputc('\n', stderr);
}

void ProgressBar::show(double fraction, std::uint64_t count) {
  const std::lock_guard lock(mutex_);
  if (quiet_ || finished_) return;
  fraction = std::clamp(fraction, 0.0, 1.0);
  const auto now = SteadyClock::now();
  if (terminal_) {
    if (now - drawn_ < std::chrono::milliseconds(100)) return;
  } else {
    const int tenth = static_cast<int>(fraction * 10);
    if (tenth <= tenth_ || tenth == 10) return;
    tenth_ = tenth;
  }
  drawn_ = now;
  draw(fraction, count, std::chrono::duration<double>(now - start_).count());
}

void ProgressBar::finish(std::uint64_t count) {
  const std::lock_guard lock(mutex_);
  if (finished_) return;
  finished_ = true;
  if (quiet_) return;
  draw(1.0, count, std::chrono::duration<double>(SteadyClock::now() - start_).count());
  if (terminal_) std::fputc('\n', stderr);
}

void ProgressBar::draw(double fraction, std::uint64_t count, double seconds) const {
  const double rate = seconds > 0 ? static_cast<double>(count) / seconds : 0;
  std::string done;
  if (!unit_.empty()) {
    done = with_commas(count) + " " + unit_ + ", " + with_commas(static_cast<std::uint64_t>(rate)) +
           "/s, ";
  }
  std::string time = duration_text(seconds);
  if (!finished_ && fraction > 0) {
    time = duration_text(seconds / fraction * (1 - fraction)) + " left";
  }
  const int percent = static_cast<int>(fraction * 100);
  if (!terminal_) {
    std::fprintf(stderr, "%s: %d %%, %s%s\n", title_.c_str(), percent, done.c_str(), time.c_str());
    return;
  }
  constexpr int kWidth = 30;
  std::string bar(static_cast<std::size_t>(fraction * kWidth), '=');
  bar.resize(kWidth, ' ');
  // Erases to the end of the line, where a longer one may have been.
  std::fprintf(stderr, "\r%s [%s] %3d %%  %s%s\x1b[K", title_.c_str(), bar.c_str(), percent,
               done.c_str(), time.c_str());
}

std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (int at = static_cast<int>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return text;
}

std::string duration_text(double seconds) {
  const auto whole = static_cast<long long>(seconds + 0.5);
  char text[48];
  if (whole < 60) {
    std::snprintf(text, sizeof(text), "%lld s", whole);
  } else if (whole < 3600) {
    std::snprintf(text, sizeof(text), "%lld min %02lld s", whole / 60, whole % 60);
  } else {
    std::snprintf(text, sizeof(text), "%lld h %02lld min", whole / 3600, whole / 60 % 60);
  }
  return text;
}

}  // namespace souk::cli
