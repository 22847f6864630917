// The learned blend: weights that made the clicks are found again; without clicks nothing changes.
#include "plugins/recommendations/model/blender.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

namespace souk::recommendations {
namespace {

/// A page of products with random parts and traits, clicked by a law that is known.
class Shoppers {
 public:
  explicit Shoppers(BlendWeights truth) : truth_(truth) {}

  std::vector<BlendExample> page() {
    std::vector<BlendExample> shown(10);
    for (std::uint32_t i = 0; i < shown.size(); ++i) {
      BlendExample& example = shown[i];
      example.position = i + 1;
      // Few products have more than two sources, as in life.
      example.features.parts[random_() % 4] = 0.02f + 0.2f * unit();
      example.features.parts[random_() % 4] += 0.2f * unit();
      for (float& trait : example.features.traits)
        trait = random_() % 2 == 0 ? 0 : unit();
      example.clicked = static_cast<double>(unit()) < chance(example);
    }
    return shown;
  }

 private:
  float unit() { return static_cast<float>(random_() % 10'000) / 10'000.0f; }
  double chance(const BlendExample& example) {
    double score = 0;
    double logit = truth_.bias - truth_.position * std::log(example.position);
    for (std::size_t s = 0; s < BlendFeatures::kParts; ++s)
      score += std::exp(truth_.sources[s]) * static_cast<double>(example.features.parts[s]);
    for (std::size_t t = 0; t < BlendFeatures::kTraits; ++t)
      logit += truth_.traits[t] * static_cast<double>(example.features.traits[t]);
    return 1 / (1 + std::exp(-logit - truth_.slope * std::log(score)));
  }

  BlendWeights truth_;
  std::mt19937 random_{17};
};

void teach(Blender& blender, const BlendWeights& truth, int pages) {
  Shoppers shoppers(truth);
  for (int i = 0; i < pages; ++i)
    blender.learn(shoppers.page());
}

BlendFeatures only(std::size_t source, float part) {
  BlendFeatures features;
  features.parts[source] = part;
  return features;
}

TEST(Blender, NamesTheSettingThatIsWrong) {
  BlenderSettings settings;
  settings.trait_prior = 0;
  EXPECT_EQ(validate(settings).field(), "trait_prior");
  EXPECT_TRUE(validate(BlenderSettings{}).ok());
}

TEST(Blender, WithoutExposuresItIsExactlyThePrior) {
  const Blender blender;
  EXPECT_FALSE(blender.learned());
  BlendFeatures features;
  features.parts = {0.25f, 0.5f, 0.125f};
  features.traits = {1, -0.5f, 0.25f, 1, 1};
  EXPECT_EQ(blender.weights().score(features), 0.875);
}

TEST(Blender, FewExposuresMoveLittle) {
  Blender blender;
  BlendExample shown;
  shown.features = only(0, 0.1f);
  blender.learn({&shown, 1});
  EXPECT_TRUE(blender.learned());
  EXPECT_NEAR(blender.weights().sources[0], 0, 0.05);
}

TEST(Blender, FindsTheWeightsThatMadeTheClicks) {
  BlendWeights truth;
  truth.sources = {0.8, -0.6, 0.3, -0.5};
  truth.traits = {0.7, -0.5, 0, 0.4, 0};
  truth.bias = 1.2;
  truth.position = 1.0;
  Blender blender;
  teach(blender, truth, 20'000);
  const BlendWeights found = blender.weights();
  // A common factor of all sources is the bias by another name: differences count.
  for (std::size_t s = 1; s < 4; ++s) {
    EXPECT_NEAR(found.sources[s] - found.sources[0], truth.sources[s] - truth.sources[0], 0.25)
        << s;
  }
  for (std::size_t t = 0; t < BlendFeatures::kTraits; ++t)
    EXPECT_NEAR(found.traits[t], truth.traits[t], 0.15) << t;
  EXPECT_NEAR(found.position, 1.0, 0.15);
  EXPECT_NEAR(found.slope, 1.0, 0.2);
  EXPECT_LT(blender.uncertainty(0), 0.05);
}

TEST(Blender, LearnsToIgnoreAUselessSource) {
  BlendWeights truth;
  truth.sources = {0, 0, 0, -3.5};
  truth.bias = 1;
  truth.position = 0.7;
  Blender blender;
  const double before = blender.weights().score(only(3, 0.1f));
  teach(blender, truth, 10'000);
  const BlendWeights found = blender.weights();
  EXPECT_LT(found.score(only(3, 0.1f)), before * 0.25);
  EXPECT_LT(found.score(only(3, 0.1f)), found.score(only(0, 0.03f)));
}

TEST(Blender, APlaceOnThePageIsNoMerit) {
  // Source 0 always stands first and source 1 tenth; shoppers look at what stands first.
  BlendWeights truth;
  truth.bias = 1;
  truth.position = 1.2;
  std::mt19937 random(5);
  Blender blender;
  for (int i = 0; i < 20'000; ++i) {
    std::vector<BlendExample> shown(2);
    shown[0].features = only(0, 0.1f);
    shown[1].features = only(1, 0.1f);
    shown[1].position = 10;
    // Now and then the other way round, as two stores' pages differ.
    if (i % 10 == 0) std::swap(shown[0].features, shown[1].features);
    for (BlendExample& example : shown) {
      const double logit = truth.bias + std::log(0.1) - truth.position * std::log(example.position);
      example.clicked = static_cast<double>(random() % 10'000) < 10'000 / (1 + std::exp(-logit));
    }
    blender.learn(shown);
  }
  const BlendWeights found = blender.weights();
  EXPECT_NEAR(found.sources[0], found.sources[1], 0.25);
  EXPECT_NEAR(found.position, 1.2, 0.25);
}

TEST(Blender, DrawsAreRepeatableAndSettleDown) {
  Blender blender;
  const auto spread = [&] {
    double sum = 0;
    for (std::uint64_t seed = 0; seed < 400; ++seed)
      sum += std::abs(blender.sample(seed).sources[0] - blender.weights().sources[0]);
    return sum / 400;
  };
  EXPECT_EQ(blender.sample(7).sources, blender.sample(7).sources);
  EXPECT_NE(blender.sample(7).sources, blender.sample(8).sources);
  const double young = spread();
  EXPECT_GT(young, 0.1);
  teach(blender, {}, 5'000);
  EXPECT_LT(spread(), young / 2);
}

TEST(Blender, NothingDrivesAWeightOutOfItsBounds) {
  Blender blender;
  BlendExample odd;
  odd.features = only(2, 1e30f);
  odd.features.traits = {1, -1, 1, -1, 1};
  odd.position = 0;
  for (int i = 0; i < 50'000; ++i) {
    odd.clicked = i % 3 == 0;
    odd.features.parts[2] = i % 2 == 0 ? 1e30f : 1e-30f;
    blender.learn({&odd, 1});
  }
  const BlendWeights found = blender.weights();
  for (const double weight : found.sources)
    EXPECT_LE(std::abs(weight), 4);
  EXPECT_TRUE(std::isfinite(found.score(odd.features)));
}

TEST(Blender, ComesBackFromASnapshot) {
  Blender blender;
  teach(blender, {}, 100);
  BufferSink sink;
  ASSERT_TRUE(blender.save(sink).ok());
  Blender loaded;
  BufferSource source(sink.bytes);
  ASSERT_TRUE(loaded.load(source).ok());
  EXPECT_EQ(loaded.examples(), 1'000u);
  EXPECT_EQ(loaded.weights().sources, blender.weights().sources);
  BufferSink again;
  ASSERT_TRUE(loaded.save(again).ok());
  EXPECT_EQ(again.bytes, sink.bytes);

  sink.bytes[sink.bytes.size() / 2] ^= std::byte{64};
  Blender broken;
  BufferSource bad(sink.bytes);
  EXPECT_FALSE(broken.load(bad).ok());
  EXPECT_FALSE(broken.learned());
}

}  // namespace
}  // namespace souk::recommendations
