// Recordings and what the model hears of them.
#include <sndfile.h>

#include <cmath>
#include <numbers>

#include "engine/safetensors.h"
#include "examples/app/program.h"
#include "examples/audio/settings.h"
#include "examples/audio/signals.h"
#include "tests/catch.h"
#include "tests/examples/process.h"

using namespace latent;
using namespace latent::audio;
using namespace latent::test;

namespace {

Wave sine(double hertz, double seconds, double of_rate = rate, double loudness = 0.5) {
  Wave wave;
  for (double i = 0; i < seconds * of_rate; ++i)
    wave.push_back(float(loudness * std::sin(2 * std::numbers::pi * hertz * i / of_rate)));
  return wave;
}

// `values` with all channels of a moment side by side
Path write_sound(const Path& file, const Wave& values, int of_rate = rate, int channels = 1,
                 int format = SF_FORMAT_WAV | SF_FORMAT_PCM_16) {
  SF_INFO info = {};
  info.samplerate = of_rate, info.channels = channels, info.format = format;
  SNDFILE* const sound = sf_open(file.c_str(), SFM_WRITE, &info);
  REQUIRE(sound);
  CHECK(sf_write_float(sound, values.data(), sf_count_t(values.size())) == sf_count_t(values.size()));
  sf_close(sound);
  return file;
}

double power(const Wave& wave) {
  double sum = 0;
  for (const float value : wave) sum += double(value) * value;
  return sum / double(wave.size());
}

// How alike two waves are over the middle of the shorter: 1 for the same up to loudness
double likeness(const Wave& a, const Wave& b) {
  double both = 0, one = 0, other = 0;
  for (std::size_t i = 200; i + 200 < std::min(a.size(), b.size()); ++i)
    both += double(a[i]) * b[i], one += double(a[i]) * a[i], other += double(b[i]) * b[i];
  return both / std::sqrt(one * other);
}

// Two digits of two speakers, recordings 0 and 5 of each
Path recordings(const Folder& folder) {
  std::filesystem::create_directories(folder.path / "data/recordings");
  for (const char* name : {"0_ann_0", "0_ann_5", "1_ann_0", "1_ann_5", "0_bob_0", "0_bob_5", "1_bob_0", "1_bob_5"})
    write_sound(folder.path / "data/recordings" / (std::string(name) + ".wav"), sine(name[0] == '0' ? 500 : 1500, 0.3));
  return folder.path / "data";
}

}  // namespace

TEST_CASE("A sound of any depth, rate and number of channels becomes the same wave") {
  const Folder folder;
  const Path file = folder.path / "a.wav";
  const Wave expected = sine(440, 0.5);
  const auto check = [&](double tolerance) {
    const Wave wave = read_wave(file);
    CHECK(std::abs(Index(wave.size()) - Index(expected.size())) <= 1);
    CHECK(likeness(wave, expected) > 1 - tolerance);
    CHECK(power(wave) == Catch::Approx(power(expected)).epsilon(0.02));
  };
  for (const int depth : {SF_FORMAT_PCM_16, SF_FORMAT_PCM_24, SF_FORMAT_PCM_U8, SF_FORMAT_FLOAT, SF_FORMAT_ULAW}) {
    write_sound(file, expected, rate, 1, SF_FORMAT_WAV | depth);
    check(1e-3);
  }
  for (const int of_rate : {4000, 16000, 22050, 44100, 48000}) {
    write_sound(file, sine(440, 0.5, of_rate), of_rate);
    check(1e-3);
  }
  Wave stereo;  // what only one channel has is half as loud
  for (const float value : expected) stereo.insert(stereo.end(), {value * 1.5f, value * 0.5f});
  write_sound(file, stereo, rate, 2);
  check(1e-3);
  write_sound(folder.path / "a.flac", expected, rate, 1, SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
  CHECK(likeness(read_wave(folder.path / "a.flac"), expected) > 0.999);
}

TEST_CASE("What is no sound, holds nothing, or is too long is refused by name") {
  const Folder folder;
  const auto refuse = [&](const Path& file, const std::string& message) {
    const std::string error = error_of([&] { read_wave(file); });
    INFO(error);
    CHECK(contains(error, file.string() + ": " + message));
  };
  refuse(folder.path / "none.wav", "no such file");
  refuse(folder.path, "not a sound that can be read");
  refuse(folder.write("empty.wav", ""), "not a sound that can be read");
  refuse(folder.write("text.wav", "RIFF and so on, but no sound at all in these words"),
         "not a sound that can be read");
  refuse(write_sound(folder.path / "silent.wav", {}),
         "0 samples of 1 channels, 8000 a second: there is nothing to hear");
  std::string unfinished = read(write_sound(folder.path / "a.wav", sine(440, 0.1)));
  unfinished.replace(40, 4, std::string(4, '\0'));  // the length of the sound, which some write last
  refuse(folder.write("unfinished.wav", unfinished),
         "0 samples of 1 channels, 8000 a second: there is nothing to hear; if the header was not completed after "
         "recording");
  refuse(write_sound(folder.path / "long.wav", Wave(61 * rate, 0.1f)), "61.0 s of sound, and at most 60 s are read");
  refuse(write_sound(folder.path / "short.wav", {0.5f}, 48000), "1 samples, 48000 a second, are too few");
  const Path nan = write_sound(folder.path / "nan.wav", {0.1f, NAN, 0.1f}, rate, 1, SF_FORMAT_WAV | SF_FORMAT_FLOAT);
  refuse(nan, "sample 1 is nan");
}

TEST_CASE("A wave cut short in its file is read as far as it goes, or refused, and never read beyond") {
  const Folder folder;
  const std::string whole = read(write_sound(folder.path / "whole.wav", sine(440, 0.05)));
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    const Path file = folder.write("cut.wav", whole.substr(0, size));
    std::size_t samples = 0;
    const std::string error = error_of([&] { samples = read_wave(file).size(); });
    CHECK((error == "no error" ? samples > 0 && samples <= 400 : contains(error, "cut.wav: ")));
  }
  std::string promising = whole;  // 2 GB
  for (const std::size_t length : {4, 40}) promising.replace(length, 4, "\x00\xff\xff\x7f", 4);
  CHECK(read_wave(folder.write("promising.wav", promising)).size() == 400);
}

TEST_CASE("A normalised wave has a mean of 0 and a mean square of 1, and silence stays silence") {
  Wave wave = sine(100, 0.5, rate, 0.01);
  for (float& value : wave) value += 0.3f;
  normalize(wave);
  double mean = 0;
  for (const float value : wave) mean += value / double(wave.size());
  CHECK(std::abs(mean) < 1e-5);
  CHECK(power(wave) == Catch::Approx(1));
  Wave silence(100, 0.25f);
  normalize(silence);
  CHECK(silence == Wave(100, 0.0f));
}

TEST_CASE("In a log-mel spectrogram a tone is strongest in the band that holds its frequency, at its time") {
  constexpr Index bands = 40;
  for (const double hertz : {300.0, 1000.0, 3000.0}) {
    Wave wave(rate, 0.0f);
    const Wave tone = sine(hertz, 0.25);
    std::copy(tone.begin(), tone.end(), wave.begin() + rate / 2);
    const std::vector<float> mel = log_mel(wave, bands);
    REQUIRE(mel.size() == 100 * bands);
    const auto row = [&](Index moment) { return mel.begin() + moment * bands; };
    const Index strongest = std::max_element(row(62), row(63)) - row(62);
    const auto to_mel = [](double f) { return 2595 * std::log10(1 + f / 700); };
    const double centre = (to_mel(hertz) - to_mel(60)) / (to_mel(4000) - to_mel(60)) * (bands + 1) - 1;
    CHECK(std::abs(double(strongest) - centre) <= 1);
    for (const Index quiet : {10, 40, 90}) CHECK(*std::max_element(row(quiet), row(quiet + 1)) < -1.1);
    CHECK(*(row(62) + strongest) > 0.5);
  }
  CHECK(log_mel(Wave(mel_step - 1), bands).empty());
}

TEST_CASE("A recording is put into the middle of its second, and its ends are cut if it is longer") {
  const Wave wave = {1, 2, 3, 4};
  CHECK(placed(wave, 8) == Wave{0, 0, 1, 2, 3, 4, 0, 0});
  CHECK(placed(wave, 8, 1) == Wave{0, 0, 0, 1, 2, 3, 4, 0});
  CHECK(placed(wave, 8, -3) == Wave{2, 3, 4, 0, 0, 0, 0, 0});
  CHECK(placed(wave, 2) == Wave{2, 3});
  CHECK(placed(wave, 2, 100) == Wave{0, 0});
  CHECK(placed({}, 2) == Wave{0, 0});
}

TEST_CASE("Changes to a recording follow from the generator and are as large as they may be") {
  Wave before = sine(440, 0.4);
  normalize(before);
  const auto changed = [&](const Change& change, std::uint64_t seed) {
    Wave wave = before;
    Generator generator(seed);
    change(wave, generator);
    return wave;
  };
  for (const Change& change : {speed(0.2), tilt(0.5), noise(20), gap(0.1), place(6000, 0.05)}) {
    CHECK(changed(change, 1) == changed(change, 1));
    CHECK(changed(change, 1) != changed(change, 2));
  }
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const double length = double(changed(speed(0.2), seed).size()) / double(before.size());
    CHECK((length < 1.201 && length > 0.999 / 1.2));
    CHECK(power(changed(tilt(0.5), seed)) == Catch::Approx(1));
    const Wave noisy = changed(noise(20), seed), broken = changed(gap(0.1), seed);
    Wave difference = noisy;
    for (std::size_t i = 0; i < difference.size(); ++i) difference[i] -= before[i];
    CHECK(power(difference) < 0.0106);
    Index silent = 0;
    for (std::size_t i = 0; i < broken.size(); ++i) silent += broken[i] != before[i];
    CHECK(silent <= rate / 10);
    CHECK(changed(place(6000, 0.05), seed).size() == 6000);
  }
  Wave nothing = {1};
  Generator generator(1);
  speed(0.2)(nothing, generator);
  CHECK(nothing.size() == 1);
}

TEST_CASE("Spoken digits are split by number or by speaker, and wrong names are told") {
  const Folder folder;
  const std::string data = recordings(folder).string();
  const Recordings train = load_recordings(data, Split::train);
  CHECK(train.labels == std::vector<Index>{0, 0, 1, 1});
  CHECK(load_recordings(data, Split::test).labels == std::vector<Index>{0, 0, 1, 1});
  CHECK(train.classes[1] == "one");
  CHECK(power(train.waves[0]) == Catch::Approx(1));
  write_sound(folder.path / "data/recordings/7_bob_9.wav", sine(700, 0.2));
  CHECK(load_recordings(data, Split::test, "bob").labels == std::vector<Index>{0, 0, 1, 1, 7});
  CHECK(load_recordings(data, Split::train, "bob").size() == 4);
  CHECK(contains(error_of([&] { load_recordings(data, Split::test, "eve"); }), "no speaker 'eve'; there are ann, bob"));

  folder.write("data/recordings/._7_bob_9.wav", "what a system keeps of the file");
  std::filesystem::rename(folder.path / "data/recordings/7_bob_9.wav", folder.path / "data/recordings/7_bob_9.WAV");
  CHECK(load_recordings(data, Split::test, "bob").size() == 5);

  const auto refuse = [&](const std::string& name, const std::string& message) {
    const Path file = folder.write("data/recordings/" + name, "");
    const std::string error = error_of([&] { load_recordings(data, Split::train); });
    INFO(error);
    CHECK(contains(error, file.string() + ": " + message));
    std::filesystem::remove(file);
  };
  refuse("12_ann_7.wav", "a digit from 0 to 9 expected, found 12");
  refuse("x_ann_7.wav", "a name such as 7_jackson_32.wav expected");
  refuse("7_ann.wav", "a name such as 7_jackson_32.wav expected");
  refuse("7__3.wav", "a name such as 7_jackson_32.wav expected");
  refuse("7_ann_3x.wav", "a name such as 7_jackson_32.wav expected");
  refuse("7_ann_9.wav", "not a sound that can be read");
  CHECK(contains(error_of([] {
                   const Folder late;
                   std::filesystem::create_directories(late.path / "recordings");
                   write_sound(late.path / "recordings/7_ann_9.wav", sine(700, 0.2));
                   load_recordings(late.path.string(), Split::test);
                 }),
                 "none of the 1 recordings is for the test"));
  CHECK_THROWS_AS(load_recordings("/nowhere", Split::test), MissingFile);
  CHECK(contains(error_of([&] { load_recordings("/nowhere", Split::test); }),
                 "`scripts/download.sh spoken-digits /nowhere`"));
}

TEST_CASE("The program audio trains on its sounds with either front end, and listens to a file") {
  const Program audio("audio");
  const std::string front_end = GENERATE("mel", "raw");
  const Result trained = audio({"train", "--out", audio.run.string(), "--epochs", "1", "--limit-batches", "3",
                                "--latents", "4", "--channels", "8", "--heads", "2", "--front-end", front_end});
  INFO(trained.output);
  REQUIRE(trained.code == 0);
  CHECK(contains(trained.output, "sounds: 4500 recordings to train on, 500 to validate, 1000 to test"));
  CHECK(contains(read(audio.run / "confusion.csv"), "class,tone,rising,falling"));
  const std::string weights = audio.best.string();
  const Result tested = audio({"eval", "--weights", weights});
  CHECK(contains(tested.output, "/1000)"));
  const Result heard = audio(
      {"predict", write_sound(audio.path / "a.wav", sine(440, 0.7, 44100), 44100).string(), "--weights", weights});
  INFO(heard.output);
  CHECK(heard.code == 0);
  CHECK(contains(heard.output, "a.wav: 0.70 s; the model hears 1.00 s"));
  CHECK(contains(heard.output, "\nprediction: "));
  const Result broken = audio({"predict", audio.write("b.wav", "no sound").string(), "--weights", weights});
  CHECK(broken.code == 1);
  const Result silent =
      audio({"predict", write_sound(audio.path / "c.wav", Wave(rate, 0.25f)).string(), "--weights", weights});
  CHECK(silent.code == 1);
  CHECK(contains(silent.output, "c.wav: 1.00 s of silence: there is nothing to hear"));
  CHECK(audio({"predict", "/nowhere.wav", "--weights", weights}).code == 2);
  CHECK(contains(broken.output, "b.wav: not a sound that can be read"));
  CHECK(
      contains(audio({"train", "--speaker", "george"}).output, "--speaker george: the sounds that the program makes"));
  TensorFile file = load_tensors(audio.best);
  file.metadata["perceiver.input_channels"] = "0";
  save_tensors(audio.path / "none.st", file);
  const Result none =
      audio({"predict", (audio.path / "a.wav").string(), "--weights", (audio.path / "none.st").string()});
  CHECK(none.code == 1);
  CHECK(
      contains(none.output, "a model of sound expected, at most 480000 tokens of 1 to 800 channels in a row, found ("));
  const Result other = audio({"eval", "--weights", weights, "--data", recordings(audio).string()});
  CHECK(other.code == 1);
  CHECK(contains(other.output, "the model knows tone rising"));
}

TEST_CASE("A speaker who was held out of the training is the one whom eval asks, wherever the data are") {
  const Program audio("audio");
  const std::string data = recordings(audio).string();
  write_sound(audio.path / "data/recordings/7_bob_9.wav", sine(700, 0.2));
  REQUIRE(audio({"train", "--data", data, "--speaker", "bob", "--validation", "1", "--batch-size", "1", "--out",
                 audio.run.string(), "--epochs", "1", "--latents", "4", "--channels", "8", "--heads", "2"})
              .code == 0);
  for (const Words& where : {Words{}, Words{"--data", data}}) {
    const Result tested = audio(Words{"eval", "--weights", audio.best.string()} + where);
    INFO(tested.output);
    CHECK(contains(tested.output, "of the speaker that was held out, bob:"));
    CHECK(contains(tested.output, "/5)"));  // and 4 would be of the official test
  }
}

TEST_CASE("The weights that come with the project hear spoken digits, at any rate") {
  const Program audio("audio");
  const Result heard = audio({"predict", write_sound(audio.path / "a.wav", sine(440, 0.7, 44100), 44100).string()});
  INFO(heard.output);
  CHECK(heard.code == 0);
  CHECK(contains(heard.output, "seven"));
}
