#include "tools/progress_bar.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace proxy_telemetry::tools {
namespace {

constexpr std::size_t kColumnsDefault = 80;
constexpr std::size_t kBarColumns = 20;
constexpr double kMega = 1e6;
constexpr std::int64_t kEtaMaxS = 360'000;

std::string Bar(double part) {
  const auto filled = static_cast<std::size_t>(part * static_cast<double>(kBarColumns));
  std::string bar(filled, '=');
  if (filled < kBarColumns) bar += '>';
  bar.resize(kBarColumns, ' ');
  return "[" + bar + "]";
}

std::string Eta(double part, std::int64_t elapsed_ms) {
  if (part <= 0) return "ETA -";
  const double left_s = static_cast<double>(elapsed_ms) / 1000 * (1 - part) / part;
  const std::int64_t seconds = std::lround(std::min(left_s, static_cast<double>(kEtaMaxS)));
  if (seconds >= kEtaMaxS) return "ETA -";
  if (seconds < 3600) return fmt::format("ETA {}:{:02}", seconds / 60, seconds % 60);
  return fmt::format("ETA {}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::string SamplesPerSecond(double rate) {
  return rate < kMega ? fmt::format("{:.0f} samples/s", rate) : fmt::format("{:.2f} M samples/s", rate / kMega);
}

void WriteToStandardError(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

ProgressBar::ProgressBar(std::string label, const Clock& clock, Write write, std::size_t columns)
    : label_(std::move(label)),
      clock_(clock),
      write_(std::move(write)),
      columns_(columns),
      start_ms_(clock.SteadyMs()),
      drawn_ms_(start_ms_) {}

ProgressBar ProgressBar::OnStandardError(std::string label) {
  const char* const terminal = std::getenv("TERM");
  const bool dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  if (dumb || isatty(STDERR_FILENO) == 0) return {std::move(label), Clock::System(), {}, 0};
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return {std::move(label), Clock::System(), WriteToStandardError, known ? size.ws_col : kColumnsDefault};
}

void ProgressBar::Update(std::uint64_t bytes, std::optional<std::uint64_t> total, std::uint64_t samples) {
  if (!write_) return;
  const std::int64_t now_ms = clock_.SteadyMs();
  if (now_ms - drawn_ms_ < kUpdateIntervalMs) return;
  drawn_ms_ = now_ms;
  Draw(bytes, total, samples, now_ms - start_ms_);
}

void ProgressBar::Draw(std::uint64_t bytes, std::optional<std::uint64_t> total, std::uint64_t samples,
                       std::int64_t elapsed_ms) {
  const double elapsed_s = static_cast<double>(elapsed_ms) / 1000;
  const double megabytes = static_cast<double>(bytes) / kMega;
  const std::string rates = fmt::format("  {:.0f} MB/s  {}", megabytes / elapsed_s,
                                        SamplesPerSecond(static_cast<double>(samples) / elapsed_s));
  std::string line = label_ + "  ";
  if (total && *total > 0) {
    const double part = std::min(1.0, static_cast<double>(bytes) / static_cast<double>(*total));
    line += fmt::format("{} {:3.0f} %{}  {}", Bar(part), part * 100, rates, Eta(part, elapsed_ms));
  } else {
    line += fmt::format("{:.0f} MB{}", megabytes, rates);
  }
  // The last column stays free: a full line would wrap, and the next one not replace it.
  if (line.size() >= columns_) line.resize(columns_ > 0 ? columns_ - 1 : 0);
  write_("\r" + line + "\x1B[K");
  visible_ = true;
}

void ProgressBar::Clear() {
  if (visible_) write_("\r\x1B[K");
  visible_ = false;
}

}  // namespace proxy_telemetry::tools
