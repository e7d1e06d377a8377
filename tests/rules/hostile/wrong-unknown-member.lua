-- a slip in a member
-- expect: fault unknown name 'need.gapp'; did you mean 'gap'
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    return need.gapp == 1
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
