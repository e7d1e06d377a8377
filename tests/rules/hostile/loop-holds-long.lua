-- long codes looked for in what is held
-- expect: error unknown
rule "hostile" {
  about = "tried on purpose", source = "guide-2010", owner = "tests",
  when = function(need, person, school)
    local code = ("x"):rep(230)
    while true do person:holds(code) end
  end,
  recommend = function(need, person, school)
    return shadowing {}
  end,
}
