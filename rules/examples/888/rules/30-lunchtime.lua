school_rule "lunchtime-session" {
  about  = "Several lunchtime staff have the same need; one session in school, straight after lunch and in paid time",
  source = "unison-2009/inset",
  owner  = "Workforce development, an imaginary authority",
  families    = "midday",
  competences = { "X.MIDD", "X.DEES" },
  leaves_out  = { "learning-support", "pastoral", "specialist" },
  when = function(cohort, school)
    return given(cohort.count >= 3, otherwise "fewer than three people need it")
  end,
  recommend = function(cohort, school)
    return inset { priority = 70 }
  end,
}
