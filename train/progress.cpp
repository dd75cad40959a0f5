#include "train/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace latent::train {
namespace {

using namespace std::chrono_literals;

// True if stdout is a terminal that understands escape sequences.
bool has_terminal() {
  const char* const kind = std::getenv("TERM");
  return isatty(STDOUT_FILENO) && kind && *kind && std::string_view(kind) != "dumb";
}

Index terminal_width() {
  winsize size = {};
  return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string duration(double seconds) {
  const auto whole = static_cast<Index>(seconds + 0.5);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::string bar(double part, Index width) {
  const auto filled = static_cast<Index>(part * width);
  return "[" + std::string(filled, '=') + std::string(width - filled, ' ') + "]";
}

}  // namespace

Progress::Progress(Index epochs, Index batches, Index done, std::string unit, bool quiet)
    : terminal_(has_terminal()),
      quiet_(quiet),
      unit_(std::move(unit)),
      epochs_(epochs),
      batches_(batches),
      before_(done),
      done_(done) {}

double Progress::seconds() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }

double Progress::predictions_per_second() const { return predictions_ / seconds(); }

void Progress::step(double loss, Index correct, Index predictions) {
  ++done_;
  predictions_ += predictions;
  epoch_predictions_ += predictions;
  epoch_correct_ += correct;
  epoch_loss_ += loss * predictions;
  if (quiet_ || Clock::now() - shown_ < (terminal_ ? 100ms : 10s)) return;
  shown_ = Clock::now();
  if (terminal_) {
    fmt::print("\r{}", status(terminal_width()));
    std::fflush(stdout);
  } else {
    say(status(0));
  }
}

void Progress::say(const std::string& line) const {
  if (quiet_) return;
  const char* const clear_line = "\r\033[K";
  fmt::print("{}{}\n", terminal_ ? clear_line : "", line);
}

void Progress::finish_epoch(const std::string& result) {
  say(status(0) + result);
  epoch_predictions_ = epoch_correct_ = 0;
  epoch_loss_ = 0;
}

// For a terminal: at most `width` characters, with a bar in the remaining space.  Width 0: a line for a log.
std::string Progress::status(Index width) const {
  const Index epoch = (done_ - 1) / batches_, batch = done_ - epoch * batches_;
  const double left = seconds() / (done_ - before_) * (epochs_ * batches_ - done_);
  const std::string place = fmt::format("epoch {}/{} ", epoch + 1, epochs_);
  const double loss = epoch_loss_ / epoch_predictions_, accuracy = 100.0 * epoch_correct_ / epoch_predictions_;
  if (width == 0)
    return fmt::format("{}{}/{}  loss {:.4f}  accuracy {:.2f} %  {:.0f} {}/s  ETA {}", place, batch, batches_, loss,
                       accuracy, predictions_per_second(), unit_, duration(left));
  const std::string numbers = fmt::format("{}/{} loss {:.3f} acc {:.1f} % {:.0f} {}/s ETA {}", batch, batches_, loss,
                                          accuracy, predictions_per_second(), unit_, duration(left));
  const Index space = width - 1 - static_cast<Index>(place.size() + numbers.size()) - 3;
  if (space < 0) return (place + numbers).substr(0, width - 1);
  return place + (space >= 5 ? bar(double(batch) / batches_, space) + " " : "") + numbers;
}

}  // namespace latent::train
