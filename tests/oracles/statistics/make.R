# Makes the vectors in this folder: Rscript tests/oracles/statistics/make.R
# R 4.2.2 with Debian's r-cran-proc (pROC 1.18.0), r-cran-boot and r-cran-jsonlite.
# Each vector holds the R call that made it.
suppressMessages({library(pROC); library(boot); library(jsonlite)})
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
save_as <- function(name, value)
  write(toJSON(value, digits = NA, auto_unbox = TRUE, pretty = TRUE, na = "null"), file.path(here, name))

# Scores with ties, of two models on the same 40 cases.
set.seed(20230401)
y <- c(rep(1, 17), rep(0, 23))
a <- round(rnorm(40) + 1.1 * y, 1)
b <- round(rnorm(40) * 0.7 + 0.4 * a + 0.3 * y, 1)
one <- roc(y, a, levels = c(0, 1), direction = "<", quiet = TRUE)
two <- roc(y, b, levels = c(0, 1), direction = "<", quiet = TRUE)
test <- roc.test(one, two, method = "delong", paired = TRUE)
difference <- ci.auc(one, method = "delong", conf.level = 0.9)
save_as("delong.json", list(
  call = "pROC::ci.auc(roc(y, a, levels=c(0,1), direction='<'), method='delong'); roc.test(one, two, method='delong', paired=TRUE); coords(one, 'all')",
  y = y, a = a, b = b,
  ci_a = as.numeric(ci.auc(one, method = "delong")),
  ci_a_90 = as.numeric(difference),
  ci_b = as.numeric(ci.auc(two, method = "delong")),
  var_a = var(one, method = "delong"), cov_ab = cov(one, two, method = "delong"),
  z = as.numeric(test$statistic), p = test$p.value,
  sensitivities = rev(one$sensitivities), specificities = rev(one$specificities)))

pairs <- list(c(0, 0), c(1, 0), c(0, 6), c(9, 0), c(12, 3), c(7, 7), c(25, 11), c(1, 14))
save_as("mcnemar.json", list(
  call = "binom.test(min(b,c), b+c)$p.value; mcnemar.test(matrix(c(30,b,c,20),2), correct=FALSE|TRUE)",
  cases = lapply(pairs, function(p) {
    m <- matrix(c(30, p[1], p[2], 20), 2)
    plain <- suppressWarnings(mcnemar.test(m, correct = FALSE))
    edwards <- suppressWarnings(mcnemar.test(m, correct = TRUE))
    list(gained = p[1], lost = p[2],
         exact = if (sum(p)) binom.test(min(p), sum(p))$p.value else 1,
         asymptotic = plain$p.value, chi2 = as.numeric(plain$statistic),
         corrected = edwards$p.value, chi2_corrected = as.numeric(edwards$statistic))
  })))

p <- c(0.003, 0.083, 0.081, 0.748, 0.021, NA, 0.021)
save_as("holm.json", list(call = "p.adjust(p, 'holm')", p = p, holm = p.adjust(p, "holm")))

counts <- list(c(0, 12), c(38, 60), c(54, 60), c(60, 60), c(1, 3), c(193, 288))
save_as("proportions.json", list(
  call = "binom.test(x, n, conf.level=conf)$conf.int; prop.test(x, n, conf.level=conf, correct=FALSE)$conf.int (Wilson)",
  cases = unlist(lapply(counts, function(k) lapply(c(0.95, 0.9), function(conf) list(
    count = k[1], n = k[2], confidence = conf,
    clopper_pearson = as.numeric(binom.test(k[1], k[2], conf.level = conf)$conf.int),
    wilson = as.numeric(suppressWarnings(prop.test(k[1], k[2], conf.level = conf, correct = FALSE))$conf.int)
  ))), recursive = FALSE)))

# A bootstrap of the AUROC and a sensitivity, strata balanced (15 + 15), given R's own indices.
keep <- c(1:15, 18:32)
ys <- y[keep]; as <- a[keep]
area <- function(y, s) mean(outer(s[y == 1], s[y == 0], function(u, v) (u > v) + (u == v) / 2))
statistic <- function(d, i) c(area(ys[i], as[i]), mean((as[i] >= 0.5)[ys[i] == 1]))
set.seed(7)
out <- boot(seq_along(ys), statistic, R = 399, strata = ys)
interval <- function(k) {
  influence <- empinf(out, index = k, type = "jack")
  ci <- boot.ci(out, index = k, type = c("perc", "bca"), L = influence)
  list(t0 = out$t0[k], percentile = ci$percent[4:5], bca = ci$bca[4:5], influence = influence)
}
save_as("bootstrap.json", list(
  call = "out <- boot(seq_along(y), c(AUROC, sensitivity at score >= 0.5), R=399, strata=y); boot.ci(out, index=k, type=c('perc','bca'), L=empinf(out, index=k, type='jack'))",
  y = ys, score = as, indices = boot.array(out, indices = TRUE),
  auroc = interval(1), sensitivity = interval(2)))

# Calibration: logistic regression on the logit of a score.
s <- plogis(0.8 * a - 0.2)
slope <- glm(y ~ qlogis(s), family = binomial, control = list(epsilon = 1e-14, maxit = 100))
large <- glm(y ~ offset(qlogis(s)), family = binomial, control = list(epsilon = 1e-14, maxit = 100))
save_as("calibration.json", list(
  call = "glm(y ~ qlogis(s), binomial); glm(y ~ offset(qlogis(s)), binomial); estimate +- qnorm(.975) * standard error; mean((s-y)^2)",
  y = y, score = s,
  slope = c(coef(slope)[[2]], coef(summary(slope))[2, 2]),
  intercept = c(coef(large)[[1]], coef(summary(large))[1, 2]),
  brier = mean((s - y)^2), brier_ci = as.numeric(t.test((s - y)^2)$conf.int)))
