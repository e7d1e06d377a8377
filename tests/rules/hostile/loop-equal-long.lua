-- long equal texts compared for ever
-- expect: instructions
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local a, b = ("x"):rep(319), ("x"):rep(300)
    b = b .. ("x"):rep(19)
    while a == b do end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
