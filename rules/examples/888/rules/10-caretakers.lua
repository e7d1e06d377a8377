rule "site-alongside" {
  about  = "Two weeks alongside a colleague who does it daily; you learn a building best by walking round it together",
  source = "guide-2010/step-3",
  owner  = "Workforce development, an imaginary authority",
  families    = "site",
  competences = { "X.MAIN", "X.BOIL", "X.FLOO" },
  needs       = "gap",
  when = function(need, person, school)
    return given(need.gap == 1, otherwise "the gap is more than one level")
       and given(school:helpers(need, "shadow-host") > 0, otherwise "nobody is available in your school now")
  end,
  recommend = function(need, person, school)
    return shadowing { weeks = 2, priority = 84 }
  end,
}
